"""The landing of one entry: an Intent that is durable before the target moves, and its end (I-15)."""

import contextlib
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from teamboard.board import actions as board
from teamboard.board.models import Project
from teamboard.events import bus
from teamboard.events.catalogue import LocksRemoved
from teamboard.gate.actions.entries import hold, move, release, resume_landing, target_moved
from teamboard.gate.models import Freeze, Intent, QueueEntry
from teamboard.gate.reasons import FILES_LEFT, MERGED_BY_HAND, WRONG_TREE, frozen, reason
from teamboard.gate.requirements import still_covered
from teamboard.gate.states import INTENT, LANDING, MERGED, QUEUED, REF_MOVED, TESTING, TREE_SYNCED
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.runs import actions as runs
from teamboard.runs.models import Run


@transaction.atomic
def begin_landing(entry: QueueEntry) -> Intent | None:
    """Write down what is about to happen. None when a moment ago the queue was frozen or the approval fell away."""
    Project.objects.select_for_update().get(pk=entry.project_id)
    freeze = Freeze.objects.filter(project_id=entry.project_id).first()
    if freeze is not None:
        hold(entry, frozen(freeze.reason))
        return None
    if not still_covered(entry):
        return None  # building and looking took a while; the next tick says why
    move(entry, LANDING)
    return Intent.objects.create(
        project_id=entry.project_id, entry=entry, old_sha=entry.base_sha, new_sha=entry.candidate_sha
    )


def ref_moved(intent: Intent) -> None:
    """The upstream's target was read back and holds the new commit."""
    INTENT.move(intent, REF_MOVED)


@transaction.atomic
def tree_synced(intent: Intent, *, left: Sequence[str] = ()) -> None:
    """`left`: files of a checked-out tree that were changed meanwhile and so were not touched."""
    INTENT.move(intent, TREE_SYNCED)
    if left:
        intent.entry.reason = reason(FILES_LEFT, files=list(left))
        intent.entry.save(update_fields=["reason", "changed_at"])


@transaction.atomic
def drop_intent(intent: Intent, why: dict[str, object] | None = None) -> None:
    """The target did not move and will not: the entry is built again, or held with a reason."""
    entry = intent.entry
    intent.delete()
    if why is None:
        resume_landing(entry)
        target_moved(entry)
    else:
        hold(entry, why)


@transaction.atomic
def finish_landing(intent: Intent, *, head_sha: str) -> None:
    """The entry, the change, its run, its task and the mirror's head: all told in one transaction (I7)."""
    entry = intent.entry
    kept = entry.reason if entry.reason.get("code") in (FILES_LEFT, WRONG_TREE) else {}
    move(entry, MERGED, reason=kept, finished_at=timezone.now())
    new = intent.new_sha
    intent.delete()
    board.record_target(entry.project, sha=head_sha, by_board=True)
    _close(entry, new)


@transaction.atomic
def found_on_target(entry: QueueEntry, *, head_sha: str) -> None:
    """Somebody merged it by hand: nothing is left to do but to say so."""
    release(entry)
    if entry.state == QUEUED:
        move(entry, TESTING)
    move(entry, LANDING)
    move(entry, MERGED, reason=reason(MERGED_BY_HAND), finished_at=timezone.now())
    _close(entry, head_sha)


def _close(entry: QueueEntry, sha: str) -> None:
    """The change, its run and its task are done."""
    change = entry.change
    reviews.mark_merged(change, sha)
    for run in Run.objects.filter(patch_sets__change=change).distinct():
        runs.succeed_run(run)
    if change.task is not None:
        # A card that somebody abandoned or put back meanwhile stays where that person put it.
        with contextlib.suppress(Refused):
            board.finish_task(change.task)


@transaction.atomic
def locks_removed(project: Project, locks: Sequence[str]) -> None:
    """Lock files in our own stores that were nobody's (D3)."""
    if locks:
        bus.publish(LocksRemoved(project=project.pk, locks=", ".join(locks)))
