"""Votes: -1 asks for changes, +1 looks good, +2 approves and is an Architect's alone."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, REVIEWER, User
from teamboard.board import queries as board
from teamboard.board import rights
from teamboard.events import bus
from teamboard.events.catalogue import ChangesRequested, VoteCast
from teamboard.lib.refusal import Refused
from teamboard.reviews.actions.drafts import publish_drafts
from teamboard.reviews.actions.threads import send
from teamboard.reviews.actors import actor
from teamboard.reviews.models import Change, PatchSet, Thread, Vote
from teamboard.reviews.states import OPEN

DEEDS = {-1: "ask for changes", 0: "take a vote back", 1: "vote", 2: "approve a change"}


@transaction.atomic
def cast_vote(
    change: Change,
    patch_set: PatchSet,
    head_sha: str,
    value: int,
    *,
    by: User,
    waived: Sequence[str] = (),
    unshown: Sequence[str] = (),
) -> Vote | None:
    """Vote on what was seen; it replaces the person's earlier vote. 0 takes the vote back (and gives None)."""
    if value not in DEEDS:
        raise Refused("bad_vote", "A vote is -1, 0, +1 or +2.", status=422)
    rights.require(by, change.project, ARCHITECT if value == 2 or waived else REVIEWER, DEEDS[value])
    Change.objects.select_for_update().get(pk=change.pk)
    require_current(change, patch_set, head_sha)
    now = timezone.now()
    Vote.objects.filter(change=change, user=by, replaced_at=None).update(replaced_at=now)
    vote = None
    if value:
        vote = Vote.objects.create(
            change=change,
            patch_set=patch_set,
            user=by,
            value=value,
            head_sha=patch_set.head_sha,
            base_sha=patch_set.base_sha,
            patch_id=patch_set.patch_id,
            definition_digest=board.definition_digest(change.project),
            waived=sorted(set(waived)),
            unshown=list(unshown),
        )
    fact = VoteCast(project=change.project_id, change=change.pk, patch_set=patch_set.pk, value=value)
    bus.publish(fact, actor=actor(by))
    return vote


def require_current(change: Change, patch_set: PatchSet, head_sha: str) -> None:
    """Refuse to decide about something else than what is newest: the answer says what that is."""
    state = Change.objects.values_list("state", flat=True).get(pk=change.pk)
    if state != OPEN:
        raise Refused("change_closed", f"This change is {state}.", details={"state": state})
    newest = PatchSet.objects.filter(change=change).last()
    if newest is None or newest.pk != patch_set.pk or newest.head_sha != head_sha:
        current = {"patch_set": newest.number, "head_sha": newest.head_sha} if newest else {}
        raise Refused(
            "stale_patch_set",
            f"Patch set {newest.number if newest else 0} has arrived since." if newest else "There is no patch set.",
            remedy="Look at it and decide again.",
            details={"current": current},
        )


@transaction.atomic
def request_changes(change: Change, body: str = "", *, by: User) -> list[Thread]:
    """Publish the drafts, vote -1, and send every open thread to whoever wrote the change."""
    rights.require(by, change.project, REVIEWER, DEEDS[-1])
    newest = PatchSet.objects.filter(change=change).last()
    if newest is None:
        raise Refused("no_patch_set", "This change has no patch set yet.")
    publish_drafts(change, by=by, body=body)
    cast_vote(change, newest, newest.head_sha, -1, by=by)
    threads = send(change)
    if not threads:
        raise Refused(
            "nothing_to_send",
            "No thread is open, so there is nothing to ask for.",
            remedy="Write what should change, on a line or in the box.",
            status=422,
        )
    fact = ChangesRequested(project=change.project_id, change=change.pk, patch_set=newest.pk)
    bus.publish(fact, actor=actor(by))
    return threads
