"""Queue entries: into the queue, tested, held, returned, and back again."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.events import bus
from teamboard.events.catalogue import EntryMoved
from teamboard.gate.models import Freeze, Intent, QueueEntry
from teamboard.gate.reasons import CHECK_IMPOSSIBLE, CHECKS_FAILED, frozen, reason
from teamboard.gate.requirements import requirements, standing_approval, unmet
from teamboard.gate.states import ENTRY, HELD, LANDING, LIVE, QUEUED, RETURNED, TESTING
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries
from teamboard.reviews.models import Change, PatchSet, Vote
from teamboard.reviews.states import COMPLETED, SUCCESS


@transaction.atomic
def enqueue(change: Change, vote: Vote) -> QueueEntry:
    """At the end of the queue; a change that is in it already stays where it is."""
    live = QueueEntry.objects.filter(change=change, state__in=LIVE).first()
    if live is not None:
        return live
    _retry_what_failed(change, vote)
    entry = QueueEntry.objects.create(
        project_id=change.project_id,
        change=change,
        patch_set=vote.patch_set,
        vote=vote,
        definition_digest=vote.definition_digest,
        waived=vote.waived,
    )
    _tell(entry)
    freeze = Freeze.objects.filter(project_id=change.project_id).first()
    if freeze is not None:
        hold(entry, frozen(freeze.reason))
    return entry


def _retry_what_failed(change: Change, vote: Vote) -> None:
    """A person queues again what its checks returned: a new attempt of those, for the verdict on a tree is kept."""
    last = QueueEntry.objects.filter(change=change).order_by("-id").first()
    if last is not None and last.reason.get("code") == CHECKS_FAILED and last.patch_set_id == vote.patch_set_id:
        _retry(last)


def _retry(entry: QueueEntry) -> None:
    tree = entry.reason.get("tree") or entry.candidate_tree
    for check in queries.checks_of(tree, entry.project):
        if check.state == COMPLETED and check.conclusion != SUCCESS:
            reviews.retry_check(check)


@transaction.atomic
def carry(entry: QueueEntry, patch_set: PatchSet, vote: Vote) -> None:
    """A rebase that changed nothing took the place of the entry's patch set: the entry follows it."""
    entry.patch_set, entry.vote = patch_set, vote
    entry.definition_digest, entry.waived = vote.definition_digest, vote.waived
    entry.save(update_fields=["patch_set", "vote", "definition_digest", "waived", "changed_at"])


@transaction.atomic
def record_candidate(entry: QueueEntry, *, base_sha: str, sha: str, tree: str) -> None:
    """What will be tested, exactly: this commit on this base. Verdicts for another one are worth nothing to it."""
    same = (entry.base_sha, entry.candidate_sha, entry.candidate_tree) == (base_sha, sha, tree)
    if entry.state == TESTING and same:
        return
    if entry.state == TESTING:
        move(entry, QUEUED)
    move(entry, TESTING, base_sha=base_sha, candidate_sha=sha, candidate_tree=tree, reason={})


@transaction.atomic
def hold(entry: QueueEntry, why: dict[str, Any]) -> None:
    """Something outside the change is in the way; the entry keeps its place and goes on by itself."""
    if entry.state == HELD:
        if entry.reason != why:
            QueueEntry.objects.filter(pk=entry.pk, state=HELD).update(reason=why, changed_at=timezone.now())
            entry.reason = why
            _tell(entry)
        return
    move(entry, HELD, reason=why)


@transaction.atomic
def release(entry: QueueEntry) -> None:
    """What held it is gone."""
    if entry.state == HELD:
        move(entry, QUEUED, reason={})


@transaction.atomic
def target_moved(entry: QueueEntry) -> None:
    """Somebody else moved the target first: build again on what is there now."""
    if entry.state in (TESTING, LANDING):
        move(entry, QUEUED)


@transaction.atomic
def resume_landing(entry: QueueEntry) -> None:
    """What held up a landing that had begun is gone."""
    if entry.state == HELD:
        move(entry, LANDING, reason={})


@transaction.atomic
def return_to_author(entry: QueueEntry, why: dict[str, Any]) -> None:
    """Out of the queue, with a reason from the list; no part of it is on the target (I4)."""
    move(entry, RETURNED, reason=why, finished_at=timezone.now())


@transaction.atomic
def withdraw(entry: QueueEntry, *, by: User) -> None:
    """A person takes it out of the queue. Once its landing has begun it is too late."""
    rights.require(by, entry.project, ARCHITECT, "take a change out of the queue")
    entry.refresh_from_db()
    # One that is held may be in the middle of its landing: the target has moved and a work tree is locked.
    if entry.state not in (QUEUED, TESTING, HELD) or Intent.objects.filter(entry=entry).exists():
        state = LANDING if entry.state == HELD else entry.state
        raise Refused("too_late", f"This entry is {state} already.", details={"state": state})
    move(entry, RETURNED, reason=reason("cancelled", by=by.pk), finished_at=timezone.now())


@transaction.atomic
def requeue(change: Change, *, by: User) -> QueueEntry:
    """Try again what was returned, under the approval that still stands, or what a check that cannot run has held."""
    rights.require(by, change.project, ARCHITECT, "queue a change again")
    held = QueueEntry.objects.filter(change=change, state=HELD, reason__code=CHECK_IMPOSSIBLE).first()
    if held is not None:
        _retry(held)
        release(held)
        return held
    vote = standing_approval(change)
    if vote is None:
        raise Refused("not_approved", "No approval covers its newest patch set.", remedy="Approve it again.")
    missing = unmet(requirements(change))
    if missing:
        words = " ".join(f"{row.label}: {row.reason}" for row in missing)
        raise Refused("requirements_unmet", words, remedy="Meet it, or approve again and waive it by name.")
    return enqueue(change, vote)


def move(entry: QueueEntry, to: str, **fields: Any) -> None:
    ENTRY.move(entry, to, changed_at=timezone.now(), **fields)
    _tell(entry)


def _tell(entry: QueueEntry) -> None:
    bus.publish(EntryMoved(project=entry.project_id, change=entry.change_id, entry=entry.pk, state=entry.state))
