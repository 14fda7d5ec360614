"""Projects: open one, see its branches, settle its checks, read its log."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from teamboard.api import agent_shapes, answers, shapes
from teamboard.api.auth import ARCHITECT, caller, get_project
from teamboard.api.schemas import NewAgent, NewGrant, NewProject, SettingsPatch
from teamboard.board import actions, queries
from teamboard.board.models import DiskUse, Grant, Project
from teamboard.events import queries as events
from teamboard.lib.refusal import Refused

router = Router()
Json = dict[str, Any]


def _project(row: Project) -> Json:
    return shapes.project(row, sorted(queries.required_checks(row)))


@router.get("/projects", response=list[answers.Project])
def list_projects(request: HttpRequest) -> list[Json]:
    return [_project(row) for row in queries.projects_of(caller(request))]


@router.post("/projects", response=answers.Project)
def open_project(request: HttpRequest, body: NewProject) -> Json:
    row = actions.register_project(
        by=caller(request), name=body.name, location=body.path or body.url, target=body.target_branch
    )
    return _project(row)


@router.get("/projects/{pk}", response=answers.Project)
def read_project(request: HttpRequest, pk: int) -> Json:
    return _project(get_project(request, pk))


@router.get("/projects/{pk}/branches", response=answers.Branches)
def branches(request: HttpRequest, pk: int) -> Json:
    row = get_project(request, pk)
    return {"branches": row.branches, "as_of": shapes.when(row.branches_at)}


@router.get("/projects/{pk}/settings", response=answers.Settings)
def read_settings(request: HttpRequest, pk: int) -> Json:
    return _settings(get_project(request, pk))


def _settings(row: Project) -> Json:
    return shapes.settings(
        queries.settings_in_force(row) or queries.latest_proposal(row),
        queries.settings_problem(row),
        queries.calibrations(row),
    )


@router.patch("/projects/{pk}/settings", response=answers.Settings)
def edit_settings(request: HttpRequest, pk: int, body: SettingsPatch) -> Json:
    """With `accept`, what is given (over what is in force) becomes the board's definition."""
    row = get_project(request, pk, ARCHITECT)
    given = body.dict(exclude_none=True, exclude={"accept", "owners"})
    if body.owners is not None:
        given["review"] = {**given.get("review", {}), "owners": body.owners}
    merged = {**queries.settings_body(row), **given}
    if body.accept:
        actions.accept_settings(row, body=merged, by=caller(request))
    else:
        actions.propose_settings(row, body=merged)
    return _settings(row)


@router.post("/projects/{pk}/calibrate", response=answers.Calibrations)
def calibrate(request: HttpRequest, pk: int) -> Json:
    row = get_project(request, pk, ARCHITECT)
    actions.ask_calibration(row, by=caller(request))
    return {"checks": [shapes.calibration(item) for item in queries.calibrations(row)]}


@router.get("/projects/{pk}/grants", response=list[answers.Grant], exclude_unset=True)
def grants(request: HttpRequest, pk: int) -> list[Json]:
    return [shapes.grant(item) for item in queries.grants_for(get_project(request, pk))]


@router.post("/projects/{pk}/grants", response=answers.Grant, exclude_unset=True)
def add_grant(request: HttpRequest, pk: int, body: NewGrant) -> Json:
    row = get_project(request, pk, ARCHITECT)
    given = [(kind, value) for kind, value in body.dict().items() if value]
    if len(given) != 1:
        raise Refused("invalid", "Grant one thing at a time.", remedy="Send path, toolchain or network.", status=422)
    ((kind, value),) = given
    return shapes.grant(actions.grant(by=caller(request), kind=kind, value=value, project=row))


@router.delete("/projects/{pk}/grants/{grant}", response=answers.Grants, exclude_unset=True)
def take_grant(request: HttpRequest, pk: int, grant: int) -> Json:
    row = get_project(request, pk, ARCHITECT)
    for found in Grant.objects.filter(pk=grant, project=row):
        actions.revoke_grant(found, by=caller(request))
    return {"grants": [shapes.grant(item) for item in queries.grants_for(row)]}


def _disk(row: DiskUse) -> Json:
    """`uses`: bytes by kind."""
    at = {"measured_at": shapes.when(row.measured_at), "asked_at": shapes.when(row.asked_at)}
    return {"uses": row.uses, "freed": row.freed, **at}


@router.get("/projects/{pk}/disk", response=answers.Disk)
def disk(request: HttpRequest, pk: int) -> Json:
    return _disk(DiskUse.objects.filter(project=get_project(request, pk)).first() or DiskUse())


@router.post("/projects/{pk}/disk/collect", response=answers.Disk)
def collect(request: HttpRequest, pk: int) -> Json:
    """Sooner than by itself, by the same rules."""
    return _disk(actions.ask_collection(get_project(request, pk, ARCHITECT), by=caller(request)))


@router.get("/projects/{pk}/agents", response=list[answers.Agent])
def agents(request: HttpRequest, pk: int) -> list[Json]:
    return [agent_shapes.agent(item) for item in queries.agents_of(get_project(request, pk))]


@router.post("/projects/{pk}/agents", response=answers.Agent)
def add_agent(request: HttpRequest, pk: int, body: NewAgent) -> Json:
    row = get_project(request, pk, ARCHITECT)
    return agent_shapes.agent(actions.add_agent(row, by=caller(request), **body.dict()))


@router.get("/projects/{pk}/events", response=answers.Events)
def log(request: HttpRequest, pk: int, after: int = 0, limit: int = 500) -> Json:
    row = get_project(request, pk)
    found = events.after(row.pk, after, max(1, min(limit, 1000)))
    return {"events": [shapes.event(item) for item in found], "next": found[-1].seq if found else after}
