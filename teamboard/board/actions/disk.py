"""What a project takes of the disk: measured by a worker, collected by rule or when somebody asks."""

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board.models import DiskUse, Project
from teamboard.board.rights import require
from teamboard.events import bus
from teamboard.events.catalogue import DiskChanged


@transaction.atomic
def ask_collection(project: Project, *, by: User) -> DiskUse:
    """The rules stay the same; only the time comes sooner."""
    require(by, project, ARCHITECT, "collect what is not needed")
    row, _ = DiskUse.objects.update_or_create(project=project, defaults={"asked_at": timezone.now()})
    bus.publish(DiskChanged(project=project.pk), actor=by.actor)
    return row


@transaction.atomic
def record_disk(project: Project, *, uses: dict[str, int], freed: int) -> DiskUse:
    """Whoever asked before this was served by it."""
    values = {"uses": uses, "freed": freed, "measured_at": timezone.now(), "asked_at": None}
    row, _ = DiskUse.objects.update_or_create(project=project, defaults=values)
    bus.publish(DiskChanged(project=project.pk))
    return row
