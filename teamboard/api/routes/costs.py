"""What work costs, what it may cost, and by which prices."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from teamboard.api import cost_answers as answers
from teamboard.api import cost_shapes as shapes
from teamboard.api.auth import ARCHITECT, caller, get_project, get_task
from teamboard.api.schemas import NewBudget, NewPrice
from teamboard.runs import actions
from teamboard.runs.costs import cost_of

router = Router()
Json = dict[str, Any]


@router.get("/projects/{pk}/costs", response=answers.Costs)
def costs(request: HttpRequest, pk: int, by: Literal["step", "run", "task", "agent", "day"] = "day") -> Json:
    """Summed up; every way of asking has the same total."""
    return shapes.by(get_project(request, pk), by)


@router.get("/projects/{pk}/ledger", response=answers.Ledger)
def read_ledger(request: HttpRequest, pk: int) -> Json:
    """What each merged change cost, with what was thrown away on the way to it."""
    return shapes.ledger_of(get_project(request, pk))


@router.get("/tasks/{pk}/cost", response=answers.Cost)
def cost_of_task(request: HttpRequest, pk: int) -> Json:
    return shapes.cost(cost_of(task=get_task(request, pk).pk))


@router.get("/projects/{pk}/budgets", response=list[answers.Budget])
def budgets(request: HttpRequest, pk: int) -> list[Json]:
    return shapes.budgets_of(get_project(request, pk))


@router.put("/projects/{pk}/budgets/{scope}", response=answers.Budget)
def set_budget(request: HttpRequest, pk: int, scope: str, body: NewBudget) -> Json:
    """What is left out is no budget of that unit."""
    row = get_project(request, pk, ARCHITECT)
    return shapes.budget(actions.set_budget(row, scope, by=caller(request), **body.dict()))


@router.get("/projects/{pk}/prices", response=answers.Prices)
def prices(request: HttpRequest, pk: int) -> Json:
    return shapes.prices(get_project(request, pk))


@router.post("/projects/{pk}/prices", response=answers.Prices)
def set_price(request: HttpRequest, pk: int, body: NewPrice) -> Json:
    """What was used of the model without a price has this one from now on."""
    row = get_project(request, pk, ARCHITECT)
    given = body.dict()
    actions.set_price(row, given.pop("model"), by=caller(request), **given)
    return shapes.prices(row)


@router.delete("/projects/{pk}/prices", response=answers.Prices)
def remove_price(request: HttpRequest, pk: int, model: str = "") -> Json:
    row = get_project(request, pk, ARCHITECT)
    actions.remove_price(row, model, by=caller(request))
    return shapes.prices(row)
