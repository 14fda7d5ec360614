"""Tasks: write, move, start."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from teamboard.api import shapes
from teamboard.api import work_answers as answers
from teamboard.api.auth import ARCHITECT, REVIEWER, caller, get_project, get_task
from teamboard.api.schemas import NewRun, NewTask, TaskFields, TaskPatch
from teamboard.board import actions, queries
from teamboard.board.models import Agent, Project, Task
from teamboard.evidence import queries as evidence
from teamboard.lib.refusal import Refused
from teamboard.reviews import deletion
from teamboard.runs import actions as runs
from teamboard.runs.models import Checkpoint

router = Router()
Json = dict[str, Any]


def _shape(row: Task, found: evidence.TaskEvidence | None = None) -> Json:
    found = found or evidence.of_task(row)
    return shapes.task(row, found.column, found.evidence, found.run_id, found.change_id)


@router.get("/projects/{pk}/tasks", response=list[answers.Task])
def list_tasks(
    request: HttpRequest, pk: int, state: str = "", agent: int | None = None, label: str = "", text: str = ""
) -> list[Json]:
    project = get_project(request, pk)
    rows = queries.tasks_page(project, state=state, agent=agent, label=label, text=text)
    found = Task.objects.filter(pk__in=[row.id for row in rows]).select_related("project")
    found = found.prefetch_related("waits_for").order_by("position", "number")
    known = evidence.of_tasks(project, found)
    return [_shape(row, known[row.pk]) for row in found]


@router.post("/projects/{pk}/tasks", response=answers.Task)
def create(request: HttpRequest, pk: int, body: NewTask) -> Json:
    project = get_project(request, pk, REVIEWER)
    return _shape(actions.create_task(project, by=caller(request), **_fields(project, body)))


@router.get("/tasks/{pk}", response=answers.Task)
def read(request: HttpRequest, pk: int) -> Json:
    return _shape(get_task(request, pk))


@router.patch("/tasks/{pk}", response=answers.Task)
def edit(request: HttpRequest, pk: int, body: TaskPatch) -> Json:
    row, by = get_task(request, pk, REVIEWER), caller(request)
    fields = _fields(row.project, body)
    state, before = fields.pop("state", None), fields.pop("before", None)
    if fields:
        row = actions.edit_task(row, by=by, **fields)
    if state == "abandoned":
        row = actions.abandon_task(row, by=by)
    elif state or before:
        place = get_task(request, before, REVIEWER) if before else None
        row = actions.move_task(row, by=by, state=state, before=place)
    return _shape(row)


@router.delete("/tasks/{pk}", response=answers.Task)
def delete(request: HttpRequest, pk: int, archive: bool = False) -> Json:
    """`archive`: keep what is neither merged nor archived yet; without it such a task is refused."""
    row = get_task(request, pk, ARCHITECT)
    return _shape(deletion.delete_task(row, by=caller(request), archive=archive))


@router.post("/tasks/{pk}/restore", response=answers.Task)
def restore(request: HttpRequest, pk: int) -> Json:
    """A deleted task is back where it was."""
    return _shape(actions.undelete_task(get_task(request, pk, REVIEWER), by=caller(request)))


@router.post("/tasks/{pk}/runs", response=answers.RunStarted)
def start(request: HttpRequest, pk: int, body: NewRun) -> Json:
    row = get_task(request, pk, ARCHITECT)
    agent = _agent(row.project, body.agent) if body.agent else None
    kept = Checkpoint.objects.filter(pk=body.checkpoint, run__task=row).first() if body.checkpoint else None
    if body.checkpoint and kept is None:
        remedy = "Read the task's runs again."
        raise Refused("no_such_checkpoint", "This task has no such checkpoint.", remedy=remedy, status=404)
    run = runs.start_run(row, agent, by=caller(request), checkpoint=kept)
    return {"id": run.pk, "state": run.state, "task": row.pk}


def _fields(project: Project, body: TaskFields) -> Json:
    """What was sent, with ids turned into rows of this project."""
    fields = body.dict(exclude_unset=True)
    if "depends_on" in fields:
        fields["waits_for"] = [_task(project, pk) for pk in fields.pop("depends_on") or ()]
    if fields.get("agent"):
        fields["agent"] = _agent(project, fields["agent"])
    return fields


def _agent(project: Project, pk: int) -> Agent:
    found = Agent.objects.filter(project=project, pk=pk).first()
    if found is None:
        known = ", ".join(f"{agent.pk} {agent.name}" for agent in queries.agents_of(project)) or "none yet"
        raise Refused("no_such_agent", f"There is no agent {pk} here.", remedy=f"Known: {known}.", status=422)
    return found


def _task(project: Project, pk: int) -> Task:
    found = Task.objects.filter(project=project, pk=pk).first()
    if found is None:
        raise Refused("no_such_task", f"There is no task {pk} in this project.", remedy="Name an id of it.", status=422)
    return found
