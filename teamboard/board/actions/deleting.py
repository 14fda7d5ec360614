"""Cards taken off the board and put back. Whether their work is kept is looked at before: reviews/deletion.py."""

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, REVIEWER, User
from teamboard.board import errors, queries
from teamboard.board.models import Project, Task
from teamboard.board.rights import require
from teamboard.board.states import DELETED, DONE, TASK
from teamboard.events import bus
from teamboard.events.catalogue import TaskChanged, TaskDeleted, TaskRestored

DELETE = "delete tasks"


def refuse_deleted(task: Task) -> None:
    """Asked of the row as it is now, not as the caller read it."""
    if Task.objects.filter(pk=task.pk, state=DELETED).exists():
        raise errors.deleted(task)


@transaction.atomic
def delete_task(task: Task, *, by: User, archived: int = 0) -> Task:
    """Every row and every ref stays; the card, and what it holds up, does not. `archived`: how many refs were kept."""
    require(by, task.project, ARCHITECT, DELETE)
    Project.objects.select_for_update().get(pk=task.project_id)
    task.refresh_from_db(fields=["state"])
    if task.state == DELETED:
        return task
    if queries.is_at_work(task):
        raise errors.at_work(task)
    waiting = list(task.blocks.exclude(state__in=(DONE, DELETED)).select_related("project").order_by("number"))
    if waiting and task.state != DONE:
        raise errors.waited_for(task, waiting)
    TASK.move(task, DELETED, deleted_from=task.state, changed_at=timezone.now())
    bus.publish(TaskDeleted(project=task.project_id, task=task.pk, archived=archived), actor=by.actor)
    bus.publish(TaskChanged(project=task.project_id, task=task.pk), actor=by.actor)
    return task


@transaction.atomic
def undelete_task(task: Task, *, by: User) -> Task:
    """Back where it was when it was deleted."""
    require(by, task.project, REVIEWER, "restore tasks")
    task.refresh_from_db(fields=["state", "deleted_from"])
    if task.state != DELETED:
        return task
    TASK.move(task, task.deleted_from, deleted_from="", changed_at=timezone.now())
    bus.publish(TaskRestored(project=task.project_id, task=task.pk), actor=by.actor)
    bus.publish(TaskChanged(project=task.project_id, task=task.pk), actor=by.actor)
    return task
