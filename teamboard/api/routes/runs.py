"""Runs: read them and their output, stop, steer, answer."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from teamboard.api import cost_shapes, shapes
from teamboard.api import work_answers as answers
from teamboard.api.auth import ARCHITECT, REVIEWER, caller, get_run
from teamboard.api.schemas import Answer, Reason, Room, Text
from teamboard.lib.refusal import Refused
from teamboard.reviews.models import Change
from teamboard.runs import actions, budgets, costs, queries
from teamboard.runs.journal import Journal
from teamboard.runs.models import Run

router = Router()
Json = dict[str, Any]


def _shape(pk: int) -> Json:
    row = queries.run_page(pk)
    change = Change.objects.filter(patch_sets__run=row).values_list("pk", flat=True).first()
    told = shapes.run(row, queries.steps_of(row), list(row.questions.all()), change)
    by_step = costs.costs_by("step", run=pk)
    for step in told["steps"]:
        step["cost"] = cost_shapes.cost(by_step.get(step["id"], cost_shapes.NOTHING))
    standings = [cost_shapes.standing(one) for one in budgets.standings(row)]
    return {**told, "cost": cost_shapes.cost(costs.cost_of(run=pk)), "budgets": standings}


@router.get("/runs/{pk}", response=answers.Run)
def read(request: HttpRequest, pk: int) -> Json:
    return _shape(get_run(request, pk).pk)


@router.get("/runs/{pk}/output", response=answers.Output, exclude_unset=True)
def output(request: HttpRequest, pk: int, after: int = 0, limit: int = 1000) -> Json:
    """Lines after a position; `next` is the position to ask for then."""
    page = Journal(get_run(request, pk).pk).read(max(after, 0), limit=max(1, min(limit, 5000)))
    return {"lines": page.lines, "next": page.next}


@router.post("/runs/{pk}/cancel", response=answers.Run)
def cancel(request: HttpRequest, pk: int, body: Reason) -> Json:
    return _done(actions.cancel_run(get_run(request, pk, ARCHITECT), by=caller(request)))


@router.post("/runs/{pk}/resume", response=answers.Run)
def resume(request: HttpRequest, pk: int) -> Json:
    return _done(actions.resume_run(get_run(request, pk, ARCHITECT), by=caller(request)))


@router.post("/runs/{pk}/allow", response=answers.Run)
def allow(request: HttpRequest, pk: int, body: Room) -> Json:
    """More room for every budget that holds the run up, counted from what is used by now; and it goes on."""
    return _done(actions.allow_more(get_run(request, pk, ARCHITECT), by=caller(request), **body.dict()))


@router.post("/runs/{pk}/steer", response=answers.Run)
def steer(request: HttpRequest, pk: int, body: Text) -> Json:
    row = get_run(request, pk, REVIEWER)
    actions.steer(row, body.text, by=caller(request))
    return _done(row)


@router.post("/runs/{pk}/answers", response=answers.Run)
def answer(request: HttpRequest, pk: int, body: Answer) -> Json:
    row = get_run(request, pk, REVIEWER)
    question = row.questions.filter(pk=body.question).first()
    if question is None:
        raise Refused("no_such_question", "This run asks no such question.", remedy="Read the run again.", status=404)
    actions.answer(question, body.option or body.text, by=caller(request))
    return _done(row)


def _done(row: Run) -> Json:
    return _shape(row.pk)
