"""An agent is called ready only after it was tried here, in the sandbox, as it is set."""

from typing import Any

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board.models import Agent, Tryout
from teamboard.board.rights import require
from teamboard.board.tryouts import digest_of
from teamboard.events import bus
from teamboard.events.catalogue import TryoutMoved


@transaction.atomic
def ask_tryout(agent: Agent, *, by: User) -> Tryout:
    """A worker takes it from here. One that runs is not asked for twice."""
    require(by, agent.project, ARCHITECT, "try an agent")
    row = Tryout.objects.select_for_update().filter(agent=agent).first()
    if row is not None and row.result == Tryout.RUNNING and row.digest == digest_of(agent):
        return row
    fields: dict[str, Any] = {
        "digest": digest_of(agent),
        "seen": {},
        "failure_code": "",
        "detail": "",
        "version": "",
        "seconds": None,
    }
    row, _ = Tryout.objects.update_or_create(agent=agent, defaults={**fields, "result": Tryout.RUNNING, "asked_by": by})
    bus.publish(TryoutMoved(project=agent.project_id, agent=agent.pk, running=True), actor=by.actor)
    return row


@transaction.atomic
def record_tryout(tryout: Tryout, *, code: str = "", detail: str = "", **seen: Any) -> Tryout:
    """What was seen. A verdict on settings that were changed meanwhile changes nothing: the new ones are due."""
    row = Tryout.objects.select_for_update().select_related("agent").get(pk=tryout.pk)
    if row.digest != tryout.digest or row.result != Tryout.RUNNING:
        return row
    row.result = Tryout.FAILED if code else Tryout.READY
    row.failure_code, row.detail = code, detail[:2000]
    row.version, row.seconds = str(seen.pop("version", ""))[:60], seen.pop("seconds", None)
    row.seen = seen
    row.save()
    bus.publish(TryoutMoved(project=row.agent.project_id, agent=row.agent_id, running=False))
    return row
