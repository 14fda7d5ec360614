"""The merge queue."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router

from teamboard.api import review_answers as answers
from teamboard.api import shapes
from teamboard.api.auth import ARCHITECT, caller, get_project
from teamboard.api.schemas import Reason
from teamboard.api.work_answers import Attention
from teamboard.board.models import Project
from teamboard.evidence import queries as evidence
from teamboard.evidence.price import prices
from teamboard.gate import actions, queries
from teamboard.reviews import queries as reviews

router = Router()
Json = dict[str, Any]


def _shape(project: Project) -> Json:
    entries = [
        shapes.entry(row, reviews.checks_of(row.candidate_tree, project) if row.candidate_tree else [])
        for row in queries.entries(project)
    ]
    return {"main_sha": project.head_sha, "frozen": queries.frozen(project) is not None, "entries": entries}


@router.get("/projects/{pk}/queue", response=answers.Queue)
def read(request: HttpRequest, pk: int) -> Json:
    return _shape(get_project(request, pk))


@router.post("/projects/{pk}/queue/freeze", response=answers.Queue)
def freeze(request: HttpRequest, pk: int, body: Reason) -> Json:
    project = get_project(request, pk, ARCHITECT)
    actions.freeze(project, by=caller(request), reason=body.reason)
    return _shape(project)


@router.post("/projects/{pk}/queue/unfreeze", response=answers.Queue)
def unfreeze(request: HttpRequest, pk: int) -> Json:
    project = get_project(request, pk, ARCHITECT)
    actions.unfreeze(project, by=caller(request))
    return _shape(project)


@router.get("/attention", response=Attention)
def attention(request: HttpRequest) -> Json:
    """What waits for the caller, oldest first, over all projects."""
    found = evidence.asks_of(caller(request))
    price = prices(found)
    return {"items": [ask.as_json() | asdict(price[ask.id]) for ask in found]}
