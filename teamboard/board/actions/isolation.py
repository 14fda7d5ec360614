"""Running without a sandbox: only where none works, and only after an architect of the board said so in words (D17)."""

from django.db import transaction
from django.utils import timezone

from agents import Sandbox, probe
from teamboard.accounts.models import ARCHITECT, User
from teamboard.board.machine import isolation_waiver
from teamboard.board.models import IsolationWaiver, Project
from teamboard.board.rights import require_instance
from teamboard.events import bus
from teamboard.events.catalogue import IsolationChanged
from teamboard.lib.refusal import Refused

SENTENCE = "I accept that agents run without isolation here and can read, change and delete everything that I can."


@transaction.atomic
def accept_no_isolation(*, by: User, sentence: str) -> IsolationWaiver:
    """`sentence` is what was typed; it has to be the very words, for they are the consent."""
    require_instance(by, ARCHITECT, "accept running without isolation")
    found = probe()
    if isinstance(found, Sandbox):
        raise Refused("sandbox_works", "The sandbox works here.", remedy="There is nothing to accept.")
    if " ".join(sentence.split()).rstrip(".").lower() != SENTENCE.rstrip(".").lower():
        raise Refused(
            "other_words", "These are not the words.", remedy=f"Type exactly: {SENTENCE}", status=422,
        )  # fmt: skip
    known = isolation_waiver()
    if known is not None:
        return known
    row = IsolationWaiver.objects.create(sentence=SENTENCE, missing=found.reason, accepted_by=by)
    _tell(accepted=True, actor=by.actor)
    return row


@transaction.atomic
def revoke_no_isolation(*, by: User | None) -> None:
    """`by` None: the board itself, because a sandbox works now. Nothing further starts without one."""
    if by is not None:
        require_instance(by, ARCHITECT, "end running without isolation")
    rows = IsolationWaiver.objects.filter(revoked_at=None)
    if rows.update(revoked_at=timezone.now(), revoked_by=by):
        _tell(accepted=False, actor=by.actor if by else "board")


def _tell(*, accepted: bool, actor: str) -> None:
    for project in (0, *Project.objects.order_by("pk").values_list("pk", flat=True)):
        bus.publish(IsolationChanged(project=project, accepted=accepted), actor=actor)
