"""What a turn used and how long it took, as it is counted; and the prices by which it becomes money.

Not under the fence: what was used is true also when the step is somebody else's by now. It belongs to the attempt.
"""

from typing import Any

from django.db import transaction

from agents.contract import Usage
from agents.prices import Price, published
from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.events.bus import publish
from teamboard.events.catalogue import CostRulesChanged, SpendCounted
from teamboard.lib.refusal import Refused
from teamboard.runs import costs, spending
from teamboard.runs.actions.moves import lock_run
from teamboard.runs.actions.steps import Claim
from teamboard.runs.models import ModelPrice, Run, Spend


@transaction.atomic
def record_usage(claim: Claim, usage: Usage) -> None:
    """Add what a turn used; the run keeps its total."""
    run = lock_run(claim.run_id)
    row = _row(claim, run)
    spending.add(row, usage, lambda model: _price(run, model))
    _keep(run, row)


@transaction.atomic
def record_time(claim: Claim, seconds: float, waited: float) -> None:
    """How long the turn went on since this was last told, and how long of that it waited for people."""
    run = lock_run(claim.run_id)
    row = _row(claim, run)
    row.millis, row.waited_millis = row.millis + round(1000 * seconds), row.waited_millis + round(1000 * waited)
    _keep(run, row)


def _row(claim: Claim, run: Run) -> Spend:
    step = claim.step
    known = Spend.objects.filter(step=step, attempt=step.attempt, day=costs.today()).first()
    return known or Spend(
        project_id=run.project_id, agent_id=run.agent_id, task_id=run.task_id, run=run, step=step,
        attempt=step.attempt, day=costs.today(),
    )  # fmt: skip


def _keep(run: Run, row: Spend) -> None:
    row.save()
    Run.objects.filter(pk=run.pk).update(usage=costs.usage_of(costs.cost_of(run=run.pk)))
    publish(SpendCounted(project=run.project_id, task=run.task_id, run=run.pk), actor=f"agent:{run.agent_id}")


def _price(run: Run, model: str) -> Price | None:
    """The architect's own first; then the published one, where the model's own maker answers."""
    own = ModelPrice.objects.filter(project=run.project_id, model=model).first()
    return costs.entered(own) if own else published(run.agent.endpoint.get("base_url", ""), model)


@transaction.atomic
def set_price(project: Project, model: str, *, by: User, **prices: Any) -> ModelPrice:
    """Dollars for a million tokens: `input`, `output`, and where they differ `cached` and `written`.

    What was used of it without a price has this one from now on; what had one keeps it.
    """
    rights.require(by, project, ARCHITECT, "set prices")
    model = " ".join(model.split())
    if not model or len(model) > 100:
        raise _wrong("A price needs the name of a model.", "Give the name that the model answers with.", "model")
    fields = {name: _dollars(name, prices.get(name)) for name in ("input", "output")}
    for name in ("cached", "written"):
        given = prices.get(name)
        fields[name] = fields["input"] if given in (None, "") else _dollars(name, given)
    row, _ = ModelPrice.objects.update_or_create(project=project, model=model, defaults={**fields, "entered_by": by})
    _price_late(project, row)
    publish(CostRulesChanged(project=project.pk), actor=by.actor)
    return row


def _dollars(name: str, given: Any) -> float:
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = -1
    if not 0 <= value <= 100_000:
        raise _wrong(f"“{given}” is not a price.", f"Give {name} as dollars for a million tokens, like 2.50.", name)
    return value


def _wrong(message: str, remedy: str, field: str) -> Refused:
    return Refused("invalid", message, remedy=remedy, status=422, details={"field": field})


def _price_late(project: Project, row: ModelPrice) -> None:
    price, runs = costs.entered(row), set()
    for spend in Spend.objects.filter(project=project, unpriced_tokens__gt=0).select_for_update():
        if spending.price_late(spend, row.model, price):
            spend.save()
            runs.add(spend.run_id)
    for pk in sorted(runs):
        run = lock_run(pk)
        Run.objects.filter(pk=pk).update(usage=costs.usage_of(costs.cost_of(run=pk)))
        publish(SpendCounted(project=project.pk, task=run.task_id, run=pk))


@transaction.atomic
def remove_price(project: Project, model: str, *, by: User) -> None:
    """From now on; what was priced by it stays priced."""
    rights.require(by, project, ARCHITECT, "set prices")
    ModelPrice.objects.filter(project=project, model=model).delete()
    publish(CostRulesChanged(project=project.pk), actor=by.actor)
