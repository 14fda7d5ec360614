"""The life of a step: claimed with a fence, renewed, finished or failed, freed when its worker is lost (I-2)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from teamboard.lib import lease
from teamboard.lib.lease import LeaseLost
from teamboard.lib.statemachine import StaleState
from teamboard.runs.actions import parking, rounds
from teamboard.runs.actions.moves import append_step, fail_run, lock_run, move_run, move_step, tell_step
from teamboard.runs.models import COLLECT, PROPOSE, STEP_KINDS, WORK, Question, Run, Step
from teamboard.runs.queries import halted
from teamboard.runs.states import (
    FINAL_RUN,
    OPEN,
    QUEUED,
    RUNNING,
    STEP_DEAD,
    STEP_FAILED,
    STEP_READY,
    STEP_RUNNING,
    STEP_SUCCEEDED,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a step until the lease ends: every write names its fence."""

    step: Step
    fence: int

    @property
    def run_id(self) -> int:
        return self.step.run_id


@transaction.atomic
def claim_step(step_id: int, owner: str) -> Claim | None:
    """Take a ready step, or one whose lease ran out; None when somebody else was first or its run has ended."""
    step = Step.objects.filter(pk=step_id).first()
    if step is None:
        return None
    run = lock_run(step.run_id)
    if run.state in FINAL_RUN or halted():
        return None
    claimed = lease.claim(
        Step.objects.all(), step_id, owner=owner, ready=STEP_READY, running=STEP_RUNNING, started_at=timezone.now()
    )
    if claimed is None:
        return None
    step.refresh_from_db()
    if run.state == QUEUED:
        move_run(run, RUNNING, started_at=timezone.now())
    tell_step(run, step, STEP_RUNNING)
    return Claim(step, claimed)


def own(claim: Claim) -> Run:
    """Lock the run and prove the fence; every write of a worker goes through here."""
    run = lock_run(claim.run_id)
    if not lease.held_by(Step.objects.all(), claim.step.pk, claim.fence, running=STEP_RUNNING).exists():
        raise LeaseLost(str(claim.step))
    return run


def renew(claim: Claim) -> bool:
    return lease.renew(Step.objects.all(), claim.step.pk, claim.fence, running=STEP_RUNNING)


@transaction.atomic
def finish_step(claim: Claim, result: dict[str, Any] | None = None) -> Step | None:
    """Record what the step left and make the next one ready; after `propose` the run waits for review."""
    run = own(claim)
    move_step(run, claim.step, STEP_SUCCEEDED, where={"fence": claim.fence}, result=result or {})
    if claim.step.kind == WORK and Question.objects.filter(run=run, state=OPEN).exists():
        parking.wait_without_process(run)
        return None  # the turn ended with a question: its answer makes the next step (D18)
    parked = bool(result and result.get("parked"))  # answered while its process was being ended
    if claim.step.kind == WORK and (parked or parking.unheard(run, claim.step)):
        return parking.take_up_again(run, claim.step)
    if claim.step.kind == PROPOSE:
        return rounds.after_proposal(run, claim.step)
    kind = STEP_KINDS[STEP_KINDS.index(claim.step.kind) + 1]
    # What the agent was asked goes with the round; only work and collect read it.
    request = claim.step.request if kind in (WORK, COLLECT) else {}
    return append_step(run, kind, round=claim.step.round, request=request)


@transaction.atomic
def fail_step(claim: Claim, code: str, detail: str = "", *, again: bool = False) -> None:
    """End the step and its run with a code of runs/failures.py; `again` gives back a step that has attempts left."""
    run = own(claim)
    where = {"fence": claim.fence}
    if again and claim.step.attempt < claim.step.max_attempts:
        move_step(run, claim.step, STEP_READY, where=where, error=detail[:4000], rung_at=None)
        return
    move_step(run, claim.step, STEP_DEAD if again else STEP_FAILED, where=where, error=detail[:4000])
    fail_run(run, code, detail)


def release_owner(owner: str) -> int:
    """A worker is known to be dead: its leases end at once instead of running out."""
    return lease.release(Step.objects.all(), owner=owner, running=STEP_RUNNING)


def release_lost() -> list[int]:
    """Give expired steps back, or bury those without attempts left; returns the steps that moved."""
    expired = Q(state=STEP_RUNNING, lease_until__lt=timezone.now())
    worn_out = Q(state=STEP_READY, attempt__gte=F("max_attempts"))
    ids = list(Step.objects.filter(expired | worn_out).values_list("pk", flat=True))
    return [pk for pk in ids if _release(pk)]


@transaction.atomic
def _release(step_id: int) -> bool:
    step = Step.objects.get(pk=step_id)
    run = lock_run(step.run_id)
    step.refresh_from_db()
    lost = step.state == STEP_RUNNING and step.lease_until is not None and step.lease_until < timezone.now()
    if not lost and step.state != STEP_READY:
        return False
    where = {"fence": step.fence}
    try:
        if lost and parking.only_waits(run, step):
            parking.park_lost(run, step, where)
            return True
        if step.attempt < step.max_attempts:
            return lost and _give_back(run, step, where)
        detail = f"{step.kind} was tried {step.attempt} times"
        move_step(run, step, STEP_DEAD, where=where, error=detail)
        if run.state not in FINAL_RUN:
            fail_run(run, "exhausted", detail)
    except StaleState:
        return False
    return True


def _give_back(run: Run, step: Step, where: dict[str, Any]) -> bool:
    move_step(run, step, STEP_READY, where=where, owner="", lease_until=None, rung_at=None)
    return True


def ring(step_id: int, *, pause: float = 30) -> bool:
    """True if the step may be rung now: a row is rung at most once in `pause` seconds (D20)."""
    long_ago = Q(rung_at=None) | Q(rung_at__lt=timezone.now() - timedelta(seconds=pause))
    return Step.objects.filter(long_ago, pk=step_id, state=STEP_READY).update(rung_at=timezone.now()) == 1
