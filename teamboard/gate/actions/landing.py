"""The landing of one entry: an Intent that is durable before the target moves, and its end (I-15)."""

import contextlib
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from teamboard.board import actions as board
from teamboard.board.models import Project
from teamboard.gate.actions.entries import hold, move, target_moved
from teamboard.gate.models import Freeze, Intent, QueueEntry
from teamboard.gate.reasons import FROZEN, reason
from teamboard.gate.states import INTENT, LANDING, MERGED, REF_MOVED, TREE_SYNCED
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.runs import actions as runs
from teamboard.runs.models import Run


@transaction.atomic
def begin_landing(entry: QueueEntry) -> Intent | None:
    """Write down what is about to happen. None when the queue was frozen or the change closed a moment ago."""
    Project.objects.select_for_update().get(pk=entry.project_id)
    if Freeze.objects.filter(project_id=entry.project_id).exists():
        hold(entry, reason(FROZEN))
        return None
    move(entry, LANDING)
    return Intent.objects.create(
        project_id=entry.project_id, entry=entry, old_sha=entry.base_sha, new_sha=entry.candidate_sha
    )


def ref_moved(intent: Intent) -> None:
    """The upstream's target was read back and holds the new commit."""
    INTENT.move(intent, REF_MOVED)


def tree_synced(intent: Intent) -> None:
    INTENT.move(intent, TREE_SYNCED)


@transaction.atomic
def drop_intent(intent: Intent, why: dict[str, object] | None = None) -> None:
    """The target did not move and will not: the entry is built again, or held with a reason."""
    entry = intent.entry
    intent.delete()
    if why is None:
        target_moved(entry)
    else:
        hold(entry, why)


@transaction.atomic
def finish_landing(intent: Intent, *, head_sha: str, left: Sequence[str] = ()) -> None:
    """The entry, the change, its run, its task and the mirror's head: all told in one transaction (I7).

    `left`: files of a checked-out tree that were changed meanwhile and so were not touched.
    """
    entry = intent.entry
    change = entry.change
    kept = {"code": "files_left", "files": list(left)} if left else {}
    move(entry, MERGED, reason=kept, finished_at=timezone.now())
    intent.delete()
    board.record_target(entry.project, sha=head_sha, by_board=True)
    reviews.mark_merged(change, intent.new_sha)
    for run in Run.objects.filter(patch_sets__change=change).distinct():
        runs.succeed_run(run)
    if change.task is not None:
        # A card that somebody abandoned or put back meanwhile stays where that person put it.
        with contextlib.suppress(Refused):
            board.finish_task(change.task)
