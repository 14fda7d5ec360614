"""Stop and go: while the queue is frozen nothing lands."""

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.events import bus
from teamboard.events.catalogue import QueueFrozen
from teamboard.gate.actions.entries import hold, release
from teamboard.gate.models import Freeze, QueueEntry
from teamboard.gate.reasons import FROZEN
from teamboard.gate.reasons import reason as because
from teamboard.gate.states import HELD, QUEUED, TESTING


@transaction.atomic
def freeze(project: Project, reason: str = "", *, by: User) -> Freeze:
    """A landing that has begun is finished; all others are held."""
    rights.require(by, project, ARCHITECT, "freeze the queue")
    Project.objects.select_for_update().get(pk=project.pk)
    row, made = Freeze.objects.get_or_create(project=project, defaults={"reason": reason, "by": by})
    for entry in QueueEntry.objects.filter(project=project, state__in=[QUEUED, TESTING]):
        hold(entry, because(FROZEN, why=reason))
    if made:
        bus.publish(QueueFrozen(project=project.pk, frozen=True), actor=by.actor)
    return row


@transaction.atomic
def unfreeze(project: Project, *, by: User) -> None:
    rights.require(by, project, ARCHITECT, "unfreeze the queue")
    if not Freeze.objects.filter(project=project).delete()[0]:
        return
    for entry in QueueEntry.objects.filter(project=project, state=HELD, reason__code=FROZEN):
        release(entry)
    bus.publish(QueueFrozen(project=project.pk, frozen=False), actor=by.actor)
