"""Stop and go: while the queue is frozen nothing lands. The board itself stops it when a landing was not right."""

from typing import Any

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.events import bus
from teamboard.events.catalogue import LandingDoubted, QueueFrozen
from teamboard.gate.actions.entries import hold, release
from teamboard.gate.models import Freeze, QueueEntry
from teamboard.gate.reasons import FROZEN, frozen
from teamboard.gate.reasons import reason as because
from teamboard.gate.states import HELD, QUEUED, TESTING


@transaction.atomic
def freeze(project: Project, reason: str = "", *, by: User) -> Freeze:
    """A landing that has begun is finished; all others are held."""
    rights.require(by, project, ARCHITECT, "freeze the queue")
    return _freeze(project, {"reason": reason, "by": by}, actor=by.actor)


@transaction.atomic
def doubt_landing(entry: QueueEntry, code: str, **details: Any) -> None:
    """What was read back is wrong: say so on the entry, freeze the queue, leave it to a person (I-17, I-18)."""
    entry.reason = because(code, **details)
    entry.save(update_fields=["reason", "changed_at"])
    words = f"Change {entry.change.number}: {entry.reason['message']}"
    bus.publish(LandingDoubted(project=entry.project_id, change=entry.change_id, entry=entry.pk, code=code))
    _freeze(entry.project, {"reason": words, "by": None, "alarm": True}, actor="board")


def _freeze(project: Project, fields: dict[str, Any], *, actor: str) -> Freeze:
    Project.objects.select_for_update().get(pk=project.pk)
    row, made = Freeze.objects.get_or_create(project=project, defaults=fields)
    if fields.get("alarm") and not row.alarm:
        Freeze.objects.filter(pk=row.pk).update(alarm=True, reason=f"{fields['reason']} {row.reason}".strip())
        row.refresh_from_db()
    for entry in QueueEntry.objects.filter(project=project, state__in=[QUEUED, TESTING]):
        hold(entry, frozen(row.reason))
    if made:
        bus.publish(QueueFrozen(project=project.pk, frozen=True), actor=actor)
    return row


@transaction.atomic
def unfreeze(project: Project, *, by: User) -> None:
    rights.require(by, project, ARCHITECT, "unfreeze the queue")
    if not Freeze.objects.filter(project=project).delete()[0]:
        return
    for entry in QueueEntry.objects.filter(project=project, state=HELD, reason__code=FROZEN):
        release(entry)
    bus.publish(QueueFrozen(project=project.pk, frozen=False), actor=by.actor)
