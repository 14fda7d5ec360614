"""Propose: the collected head becomes a change, or the next patch set of the run's change."""

from typing import Any

from teamboard.board import queries as board
from teamboard.lib.killpoints import kill_point
from teamboard.lib.lease import LeaseLost
from teamboard.pipeline import gathering
from teamboard.pipeline.job import Job
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.revision import Revision, keep, read_revision
from teamboard.reviews.states import MERGED
from teamboard.reviews.storage import stores
from teamboard.runs import actions


def propose(job: Job) -> dict[str, Any]:
    """Git first, then the rows; the same head twice is one patch set."""
    run, there = job.run, stores(job.run.project_id)
    left = gathering.collected(job)
    guarded = board.settings_body(run.project)["review"]["guarded"]
    revision = read_revision(
        there, run.base_sha, left["head"], scope=run.task.scope, guarded=guarded, notes=left["notes"]
    )
    if not actions.renew(job.claim):
        raise LeaseLost(str(job.step))
    kill_point("before_proposal")
    patch_set = _upload(job, revision)
    kill_point("proposed")
    keep(there, patch_set)
    kill_point("proposal_kept")
    job.output.say(f"Patch set {patch_set.number} is ready for review.")
    return {"change": patch_set.change_id, "patch_set": patch_set.pk, "number": patch_set.number}


def _upload(job: Job, revision: Revision) -> PatchSet:
    run, task = job.run, job.run.task
    change = change_of(job)
    if change is not None:
        return reviews.upload_patch_set(change, revision, run=run, step=job.step)
    change = reviews.open_change(
        run.project,
        revision=revision,
        origin=Change.RUN,
        title=task.title,
        description=task.body,
        task=task,
        agent=run.agent,
        run=run,
        step=job.step,
    )
    return change.patch_sets.get(number=1)


def change_of(job: Job) -> Change | None:
    """The change this run has opened before (a step tried again, a later round)."""
    rows = Change.objects.filter(patch_sets__run=job.run).exclude(state=MERGED)
    return rows.order_by("id").first()
