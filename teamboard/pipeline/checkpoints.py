"""Checkpoints: what a run's files were once, under a ref of the hub that nothing takes away (D4, D6)."""

import logging
import time

from django.conf import settings

from teamboard.git.commits import BOARD
from teamboard.git.stores import Stores
from teamboard.pipeline import briefs
from teamboard.pipeline.job import Job
from teamboard.reviews.storage import stores
from teamboard.runs import actions, queries
from teamboard.runs.models import WORK, Checkpoint, Run

log = logging.getLogger(__name__)
NONE = "0" * 40
TAKEN_OVER = "Work up to {told}\n\nKept by the board, and taken over from there.\n"


class Interval:
    """Called at each look at the files of a running agent; now and then one of these looks is kept."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._next = time.monotonic() + settings.CHECKPOINT_SECONDS

    def __call__(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + settings.CHECKPOINT_SECONDS
            keep_head(self._job, "interval")


def keep_after(job: Job) -> None:
    """After a step, done or failed. Only the agent's turn writes files, so the other steps leave what it had left."""
    if job.step.kind == WORK:
        keep_head(job, WORK)


def keep_head(job: Job, reason: str) -> None:
    """What the live diff shows, unless the newest checkpoint has just these files."""
    head = Run.objects.values_list("live_head", flat=True).get(pk=job.run.pk)
    if _is_new(job.run, head):
        job.keeper.check()
        number = _point(stores(job.run.project_id), job.run, head)
        actions.record_checkpoint(job.claim, number, head, reason)


def keep_last_of_ended() -> None:
    """Runs that were stopped or failed: the last that was seen of their work gets its checkpoint too."""
    for run in queries.unkept_runs():
        there = stores(run.project_id)
        if there.resolve(run.live_head) is None:
            log.warning("the store does not hold %s of run %s", run.live_head, run.pk)
            continue
        actions.record_last_checkpoint(run, _point(there, run, run.live_head), run.live_head)


def keep_ended(run: Run, head: str) -> None:
    """What the folder of an ended run held, if no checkpoint has it yet."""
    if _is_new(run, head):
        actions.record_last_checkpoint(run, _point(stores(run.project_id), run, head), head)


def proposed_of(run: Run, base: str) -> str:
    """What the run proposed last; before that, where it began."""
    proposed = run.patch_sets.order_by("id").last()
    return proposed.head_sha if proposed else base


def start_of(run: Run, base: str) -> str:
    """What a clone of the run begins with: what was kept of its work last, of its own or of the run it continues."""
    proposed = run.patch_sets.order_by("id").last()
    parent = proposed_of(run, base)
    last = run.checkpoints.order_by("number").last() or run.continues
    if last is None or (proposed is not None and proposed.created_at > last.at):
        return parent
    return _on_top(run, parent, last)


def _on_top(run: Run, parent: str, last: Checkpoint) -> str:
    """The checkpoint's files as one commit, the same whenever it is made."""
    there = stores(run.project_id)
    tree = there.tree_of(last.head_sha)
    if tree == there.tree_of(parent):
        return parent
    author = briefs.author_of(last.run.agent)
    return there.commit(tree, [parent], TAKEN_OVER.format(told=last.told), author, BOARD, last.at)


def _is_new(run: Run, head: str) -> bool:
    last = Checkpoint.objects.filter(run=run).order_by("number").last()
    if not head or (last is not None and last.head_sha == head):
        return False
    there = stores(run.project_id)
    return last is None or there.tree_of(last.head_sha) != there.tree_of(head)


def _point(there: Stores, run: Run, head: str) -> int:
    """The number of the next free ref, which is set; one that a killed worker left without a row stays as it is."""
    taken = [int(ref.rpartition("/")[2]) for ref in there.refs(f"refs/runs/{run.pk}/checkpoints/")]
    number = max(taken, default=0) + 1
    while not there.set_ref(f"refs/runs/{run.pk}/checkpoints/{number}", head, NONE):
        number += 1
    return number
