"""Cards: written, edited, made to wait for each other, started, finished, abandoned."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import errors, graph, queries, taskfields
from teamboard.board.actions.deleting import refuse_deleted
from teamboard.board.actions.order import STRIDE
from teamboard.board.models import Project, Task
from teamboard.board.rights import require
from teamboard.board.states import ABANDONED, BACKLOG, DELETED, DONE, READY, TASK
from teamboard.events import bus
from teamboard.events.catalogue import TaskChanged, TaskCreated
from teamboard.lib.statemachine import IllegalMove, StaleState

EDIT = "write and edit tasks"


@transaction.atomic
def create_task(
    project: Project, *, by: User, title: str, state: str = BACKLOG, waits_for: Sequence[Task] = (), **fields: Any
) -> Task:
    """Further fields: body, acceptance, scope, labels, priority, agent, start_when_free. Goes to the lane's end."""
    require(by, project, REVIEWER, EDIT)
    if state not in (BACKLOG, READY):
        raise errors.invalid("A new task begins in the backlog or ready.", "Use backlog or ready.", field="state")
    Project.objects.select_for_update().get(pk=project.pk)
    task = Task(project=project, state=state, created_by=by)
    taskfields.apply(task, {"title": title, **fields})
    last = Task.objects.filter(project=project).aggregate(number=Max("number"), position=Max("position"))
    task.number, task.position = (last["number"] or 0) + 1, (last["position"] or 0) + STRIDE
    task.save()
    _wait(task, waits_for)
    bus.publish(TaskCreated(project=project.pk, task=task.pk), actor=by.actor)
    return task


@transaction.atomic
def edit_task(task: Task, *, by: User, waits_for: Sequence[Task] | None = None, **fields: Any) -> Task:
    """Any of the fields of create_task; `waits_for` replaces the whole list. Tells a fact only if something differs."""
    require(by, task.project, REVIEWER, EDIT)
    refuse_deleted(task)
    changed = taskfields.apply(task, fields)
    if changed:
        task.save(update_fields=[*changed, "changed_at"])
    if waits_for is not None:
        changed += _replace_waits(task, waits_for)
    if changed:
        _tell(task, by.actor)
    return task


@transaction.atomic
def link_dependency(task: Task, *, waits_for: Task, by: User) -> None:
    """`task` waits until `waits_for` is merged. A circle is refused by name."""
    require(by, task.project, REVIEWER, EDIT)
    refuse_deleted(task)
    if task.waits_for.filter(pk=waits_for.pk).exists():
        return
    _wait(task, [waits_for])
    _tell(task, by.actor)


@transaction.atomic
def unlink_dependency(task: Task, *, waits_for: Task, by: User) -> None:
    require(by, task.project, REVIEWER, EDIT)
    if task.waits_for.filter(pk=waits_for.pk).exists():
        task.waits_for.remove(waits_for)
        _tell(task, by.actor)


def _replace_waits(task: Task, waits_for: Sequence[Task]) -> list[str]:
    now, wanted = set(task.waits_for.values_list("pk", flat=True)), {other.pk for other in waits_for}
    if now == wanted:
        return []
    task.waits_for.remove(*(now - wanted))
    _wait(task, [other for other in waits_for if other.pk not in now])
    return ["waits_for"]


def _wait(task: Task, others: Iterable[Task]) -> None:
    # The lock keeps two people from closing a circle from both ends at once.
    Project.objects.select_for_update().get(pk=task.project_id)
    for other in others:
        if other.project_id != task.project_id:
            raise errors.invalid(
                f"{other.ref} is a task of another project.", "Choose a task of this project.", field="waits_for"
            )
        refuse_deleted(other)
        circle = graph.path(task.project_id, start=other.pk, goal=task.pk)
        if circle:
            raise errors.circle(graph.in_order([task.pk, *circle]))
        task.waits_for.add(other)


# Moves that follow from work


def return_task(task: Task, *, actor: str = "board") -> Task:
    """Its work ended without a merge (cancelled, rejected): it waits to be started again."""
    return _move(task, READY, actor)


def finish_task(task: Task, *, actor: str = "board") -> Task:
    """Its change is merged; the cards that waited for it are told of too. Doing it twice is harmless."""
    with transaction.atomic():
        before = Task.objects.select_for_update().values_list("state", flat=True).get(pk=task.pk)
        _move(task, DONE, actor)
        if before != DONE:
            for dependent in task.blocks.order_by("pk"):
                _tell(dependent, actor)
    return task


def abandon_task(task: Task, *, by: User) -> Task:
    """Not while a run or a change of it is alive: those are ended first, each by its own button."""
    require(by, task.project, REVIEWER, EDIT)
    refuse_deleted(task)
    if queries.is_at_work(task):
        raise errors.at_work(task)
    return _move(task, ABANDONED, by.actor)


def ready_dependents(task: Task) -> list[Task]:
    """Tasks that may start by themselves now that `task` is done: nothing else holds them up."""
    waiting = task.blocks.filter(start_when_free=True, state__in=[BACKLOG, READY])
    return list(waiting.exclude(waits_for__in=Task.objects.exclude(state=DONE)).order_by("position", "number"))


@transaction.atomic
def _move(task: Task, to: str, actor: str) -> Task:
    task.state = Task.objects.select_for_update().values_list("state", flat=True).get(pk=task.pk)
    if task.state == to:
        return task
    if task.state == DELETED:
        # What its work came to is what restoring shows.
        Task.objects.filter(pk=task.pk).update(deleted_from=to)
        return task
    try:
        TASK.move(task, to)
    except (IllegalMove, StaleState):
        raise errors.cannot_move(task, to) from None
    _tell(task, actor)
    return task


def _tell(task: Task, actor: str) -> None:
    bus.publish(TaskChanged(project=task.project_id, task=task.pk), actor=actor)
