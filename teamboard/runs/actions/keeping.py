"""Checkpoints of a run's files, recorded once their ref stands."""

from django.db import transaction

from teamboard.events.bus import publish
from teamboard.events.catalogue import CheckpointKept
from teamboard.runs.actions.moves import lock_run
from teamboard.runs.actions.steps import Claim, own
from teamboard.runs.models import Checkpoint, Run

END = "end"


@transaction.atomic
def record_checkpoint(claim: Claim, number: int, head: str, reason: str) -> Checkpoint:
    """By the worker that has the run, under its fence."""
    return _record(own(claim), number, head, reason, claim.step.round)


@transaction.atomic
def record_last_checkpoint(run: Run, number: int, head: str) -> Checkpoint:
    """Of a run that has ended: nobody writes its files any more."""
    run = lock_run(run.pk)
    last = run.steps.order_by("-seq").first()
    return _record(run, number, head, END, last.round if last else 1)


def _record(run: Run, number: int, head: str, reason: str, round: int) -> Checkpoint:
    row = Checkpoint.objects.create(run=run, number=number, head_sha=head, reason=reason, round=round)
    fact = CheckpointKept(project=run.project_id, task=run.task_id, run=run.pk, number=number, head=head)
    publish(fact, actor=f"agent:{run.agent_id}")
    return row
