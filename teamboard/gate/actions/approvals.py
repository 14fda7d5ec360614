"""Approve: the vote, the requirements, and the queue when all are met."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.gate.actions.entries import enqueue
from teamboard.gate.models import QueueEntry
from teamboard.gate.requirements import (
    ROWS,
    Requirement,
    requirements,
    standing_approval,
    unmet,
    waiver_of,
)
from teamboard.gate.states import LIVE
from teamboard.git.diff import shown_path
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries
from teamboard.reviews.models import Change, PatchSet, Served, Vote
from teamboard.reviews.states import OPEN


@dataclass(frozen=True, slots=True)
class Approval:
    """The vote stands in any case; `entry` is None while `unmet` requirements stand in the way."""

    vote: Vote
    requirements: list[Requirement]
    entry: QueueEntry | None

    @property
    def unmet(self) -> list[Requirement]:
        return unmet(self.requirements)


@transaction.atomic
def approve(
    change: Change,
    patch_set: PatchSet,
    head_sha: str,
    *,
    by: User,
    waived: Sequence[str] = (),
    base_sha: str | None = None,
    result_tree: str | None = None,
) -> Approval:
    """Vote +2 on exactly what was seen. `result_tree` may be given, but verdicts bind to the candidate (D9).

    `waived` names requirements; of files that were not shown, each by its path.
    """
    rights.require(by, change.project, ARCHITECT, "approve a change")
    Change.objects.select_for_update().get(pk=change.pk)
    reviews.require_current(change, patch_set, head_sha)
    _require_same_base(patch_set, base_sha)
    _require_shown(patch_set, by)
    waived = _named(patch_set, waived)
    _require_waivable(requirements(change, waived), patch_set, waived)
    unshown = [shown_path(path) for path in queries.unshown_to(patch_set, by)]
    vote = reviews.cast_vote(change, patch_set, head_sha, 2, by=by, waived=waived, unshown=unshown)
    assert vote is not None
    rows = requirements(change, waived)
    entry = None if unmet(rows) else enqueue(change, vote)
    return Approval(vote, rows, entry)


def _require_same_base(patch_set: PatchSet, base_sha: str | None) -> None:
    if base_sha and base_sha != patch_set.base_sha:
        raise Refused(
            "stale_patch_set",
            f"Patch set {patch_set.number} stands on {patch_set.base_sha[:9]}, not on {base_sha[:9]}.",
            remedy="Look at it again.",
            details={"current": {"patch_set": patch_set.number, "base_sha": patch_set.base_sha}},
        )


def _require_shown(patch_set: PatchSet, by: User) -> None:
    if not Served.objects.filter(user=by, patch_set=patch_set).exists():
        raise Refused(
            "not_shown",
            f"You have not been shown the diff of patch set {patch_set.number} yet.",
            remedy="Open its diff, then approve.",
        )


def _named(patch_set: PatchSet, waived: Sequence[str]) -> list[str]:
    """A bare path of the patch set stands for the file that was not shown; `shown:PATH` says the same."""
    files = {shown_path(path) for path in patch_set.file_patch_ids}
    return [waiver_of("shown", name) if name in files and name not in ROWS else name for name in waived]


def _require_waivable(rows: Sequence[Requirement], patch_set: PatchSet, waived: Sequence[str]) -> None:
    known = {row.name for row in rows if row.waivable}
    files = {waiver_of("shown", shown_path(path)) for path in patch_set.file_patch_ids}
    wrong = sorted(set(waived) - known - files)
    if wrong:
        raise Refused(
            "not_waivable",
            f"{', '.join(wrong)} cannot be waived.",
            remedy=f"What can be: {', '.join(sorted(known))}, and files that were not shown, each by its path.",
            details={"waivable": sorted(known)},
            status=422,
        )


def admit(project: Project) -> list[QueueEntry]:
    """Queue what became ready after its approval (T1). A vote that was in the queue once does not enter again."""
    waiting = Change.objects.filter(project=project, state=OPEN, votes__value=2, votes__replaced_at=None)
    waiting = waiting.exclude(entries__state__in=LIVE).select_related("project").distinct()
    return [entry for change in waiting if (entry := _admit(change)) is not None]


@transaction.atomic
def _admit(change: Change) -> QueueEntry | None:
    vote = standing_approval(change)
    if vote is None or QueueEntry.objects.filter(change=change, vote__in=_ancestry(vote)).exists():
        return None
    return None if unmet(requirements(change)) else enqueue(change, vote)


def _ancestry(vote: Vote) -> list[int]:
    """The vote and those it was carried from."""
    found: list[int] = []
    at: Vote | None = vote
    while at is not None:
        found.append(at.pk)
        at = at.carried_from
    return found
