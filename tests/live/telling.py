"""Small changes with their facts, as actions would make them."""

from django.db import transaction

from teamboard.board.models import Project, Task
from teamboard.events import bus
from teamboard.events.catalogue import CalibrationAsked, InvitationChanged, QueueFrozen, TaskChanged


@transaction.atomic
def rename(task: Task, title: str) -> int:
    Task.objects.filter(pk=task.pk).update(title=title)
    return bus.publish(TaskChanged(project=task.project_id, task=task.pk))


@transaction.atomic
def invite(project: Project, number: int) -> int:
    return bus.publish(InvitationChanged(project=project.pk, invitation=number))


@transaction.atomic
def freeze(project: Project) -> int:
    return bus.publish(QueueFrozen(project=project.pk, frozen=True))


@transaction.atomic
def calibrate(project: Project) -> int:
    return bus.publish(CalibrationAsked(project=project.pk))


def heading(task: Task, title: str) -> str:
    return f'<h1 id="heading-{task.pk}">{title}</h1>'
