"""The emergency stop: every agent of the board ends now, and none starts until it is released."""

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board.models import Project
from teamboard.board.rights import require_instance
from teamboard.events.bus import publish
from teamboard.events.catalogue import AgentsHalted
from teamboard.lib.refusal import Refused
from teamboard.runs.actions.moves import end_live_steps, live_step, lock_run, move_run, withdraw_questions
from teamboard.runs.models import Halt, Run
from teamboard.runs.queries import halted
from teamboard.runs.states import CANCELLED, FINAL_RUN

ERROR = "stopped by the emergency stop"


@transaction.atomic
def halt(*, by: User, reason: str = "") -> Halt:
    """Whatever works or waits with a process is stopped; runs that only wait for a review stay as they are."""
    require_instance(by, ARCHITECT, "stop all agents")
    known = halted()
    if known is not None:
        return known
    row = Halt.objects.create(reason=" ".join(reason.split())[:300], pulled_by=by)
    for pk in Run.objects.exclude(state__in=FINAL_RUN).order_by("pk").values_list("pk", flat=True):
        _stop(pk, by.actor)
    _tell(halted=True, actor=by.actor)
    return row


def _stop(run_id: int, actor: str) -> None:
    run = lock_run(run_id)
    if run.state in FINAL_RUN or live_step(run) is None:
        return
    end_live_steps(run, error=ERROR)
    withdraw_questions(run)
    move_run(run, CANCELLED, actor=actor, waiting_for="", failure_code="", failure_detail="")


@transaction.atomic
def release_halt(*, by: User) -> None:
    """Agents may start again; the runs that were stopped wait for somebody to resume them."""
    require_instance(by, ARCHITECT, "let agents start again")
    if Halt.objects.filter(released_at=None).update(released_at=timezone.now(), released_by=by):
        _tell(halted=False, actor=by.actor)


def refuse_if_halted() -> None:
    row = halted()
    if row is not None:
        why = f": {row.reason}" if row.reason else ""
        raise Refused(
            "halted",
            f"All agents of this board were stopped{why}.",
            remedy="An Architect of the board can let them start again, on any page.",
        )


def _tell(*, halted: bool, actor: str) -> None:
    for project in (0, *Project.objects.order_by("pk").values_list("pk", flat=True)):
        publish(AgentsHalted(project=project, halted=halted), actor=actor)
