"""Work on steps: claim, keep the lease, run the plug-in, record, go on with the next one in the same slot."""

import logging
from typing import Any

from django.db import close_old_connections

from teamboard.lib.killpoints import kill_point
from teamboard.lib.lease import LeaseLost
from teamboard.lib.owner import own_name
from teamboard.pipeline import checkpoints, steps
from teamboard.pipeline.job import Job, StepFailed
from teamboard.pipeline.keeper import Keeper
from teamboard.pipeline.output import Output
from teamboard.pipeline.slots import Slot
from teamboard.runs import actions
from teamboard.runs.failures import failure
from teamboard.runs.models import Run

log = logging.getLogger(__name__)


def execute_step(step_id: int) -> bool:
    """Work on a step and on those that follow it; False when all slots are taken (the poll thread comes again)."""
    slot = Slot.take()
    if slot is None:
        return False
    try:
        following: int | None = step_id
        while following is not None:
            following = execute_one(following, slot)
    finally:
        slot.free()
        close_old_connections()
    return True


def execute_one(step_id: int, slot: Slot | None = None) -> int | None:
    """One step to its end; the id of the step that follows at once, if any."""
    kill_point("step_before_claim")
    claim = actions.claim_step(step_id, own_name())
    if claim is None:
        return None
    kill_point("step_claimed")
    try:
        result = _work(claim, slot)
        if result is None:
            return None
        kill_point("step_before_result")
        following = actions.finish_step(claim, result)
        kill_point("step_after_result")
        return following.pk if following else None
    except LeaseLost:
        log.info("step %s belongs to somebody else now", step_id)
    return None


def _work(claim: actions.Claim, slot: Slot | None) -> dict[str, Any] | None:
    """What the step left; None when it failed and that is recorded."""
    run = Run.objects.select_related("project", "task", "task__project", "agent").get(pk=claim.run_id)
    with Keeper(lambda: actions.renew(claim)) as keeper, Output(run.pk, keeper) as output:
        job = Job(claim, run, keeper, output, slot)
        try:
            result = steps.STEPS[claim.step.kind](job)
            checkpoints.keep_after(job)
            return result
        except LeaseLost:
            raise
        except StepFailed as failed:
            checkpoints.keep_after(job)
            _failed(job, failed.code, failed.detail)
        except Exception as error:
            log.exception("step %s of run %s failed", claim.step.kind, run.pk)
            _failed(job, "internal_error", f"{type(error).__name__}: {error}", again=True)
    return None


def _failed(job: Job, code: str, detail: str, *, again: bool = False) -> None:
    known = failure(code)
    job.output.say(f"{known.sentence} {detail}".strip())
    job.output.say(known.remedy)
    # The claim ends with the failure: a beat after that would find no lease and keep these lines back.
    job.output.flush()
    actions.fail_step(job.claim, code, detail, again=again)
