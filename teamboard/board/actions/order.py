"""Cards moved by hand: between the lanes a person decides on, and up and down."""

from django.db import transaction
from django.db.models import Max

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import errors, queries
from teamboard.board.actions.deleting import refuse_deleted
from teamboard.board.models import Project, Task
from teamboard.board.rights import require
from teamboard.board.states import ABANDONED, BACKLOG, READY, TASK
from teamboard.events import bus
from teamboard.events.catalogue import TaskChanged

STRIDE = 1024.0
# Below this gap the project's cards are numbered afresh; halving STRIDE gets there after some 40 moves to one place.
NARROW = 1e-6
BY_HAND = (BACKLOG, READY, ABANDONED)


@transaction.atomic
def move_task(task: Task, *, by: User, state: str | None = None, before: Task | None = None) -> Task:
    """Into the lane `state` (None: stay) and in front of `before` (None: the lane's end).

    Positions run through the whole project, so a card keeps its place among all others in every lane.
    """
    require(by, task.project, REVIEWER, "move tasks")
    refuse_deleted(task)
    Project.objects.select_for_update().get(pk=task.project_id)
    task.state = Task.objects.values_list("state", flat=True).get(pk=task.pk)
    position = _place(task, before, by.actor)
    if state is not None and state != task.state:
        _check_lane(task, state)
        TASK.move(task, state, position=position)
    else:
        Task.objects.filter(pk=task.pk).update(position=position)
        task.position = position
    bus.publish(TaskChanged(project=task.project_id, task=task.pk), actor=by.actor)
    return task


def _check_lane(task: Task, state: str) -> None:
    if state not in BY_HAND or not TASK.allows(task.state, state):
        raise errors.cannot_move(task, state)
    if queries.is_at_work(task):
        raise errors.at_work(task)


def _place(task: Task, before: Task | None, actor: str) -> float:
    others = Task.objects.filter(project_id=task.project_id).exclude(pk=task.pk)
    if before is None or before.pk == task.pk:
        return float(others.aggregate(last=Max("position"))["last"] or 0) + STRIDE
    if before.project_id != task.project_id:
        raise errors.invalid(f"{before.ref} is a card of another project.", "Drop it on this board.", field="before")
    low, high = _gap(task, before)
    if high - low < NARROW:
        _renumber(task.project_id, actor)
        low, high = _gap(task, before)
    return (low + high) / 2


def _gap(task: Task, before: Task) -> tuple[float, float]:
    high = Task.objects.values_list("position", flat=True).get(pk=before.pk)
    others = Task.objects.filter(project_id=task.project_id).exclude(pk__in=[task.pk, before.pk])
    # A card at the very same position (an import, a race of old) counts as a neighbour too: the gap is 0, renumber.
    same = others.filter(position=high, number__lt=before.number).exists()
    low = high if same else others.filter(position__lt=high).aggregate(low=Max("position"))["low"]
    return (high - STRIDE if low is None else low), high


def _renumber(project_id: int, actor: str) -> None:
    """Rare and not cheap: a page that shows positions must hear of every card that has another one now."""
    tasks = list(Task.objects.filter(project_id=project_id).order_by("position", "number").only("pk", "position"))
    places = {task.pk: place * STRIDE for place, task in enumerate(tasks, start=1)}
    moved = [task for task in tasks if task.position != places[task.pk]]
    for task in moved:
        task.position = places[task.pk]
    Task.objects.bulk_update(moved, ["position"], batch_size=500)
    for task in moved:
        bus.publish(TaskChanged(project=project_id, task=task.pk), actor=actor)
