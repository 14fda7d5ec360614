"""A run that waits for people without a process: parked, and taken up again by what they answer (D18)."""

from typing import Any

from django.utils import timezone

from teamboard.runs.actions import rounds
from teamboard.runs.actions.moves import append_step, move_run, move_step
from teamboard.runs.models import WORK, InboxItem, Question, Run, Step
from teamboard.runs.states import ANSWERED, DEFAULTED, OPEN, RUNNING, STEP_SUCCEEDED, WAITING

PARKED = {"parked": True}


def wait_without_process(run: Run) -> None:
    """Its turn is over and a question is open: no worker knows of the run until that is closed."""
    run.parked_at = timezone.now()
    run.save(update_fields=["parked_at"])


def only_waits(run: Run, step: Step) -> bool:
    """A turn that would ask the same again: nothing is lost when its process is not started anew."""
    asked = step.questions.filter(state=OPEN)
    return (
        step.kind == WORK
        and run.state == WAITING
        and asked.exists()
        and not asked.exclude(kind=Question.QUESTION).exists()
    )


def unheard(run: Run, step: Step) -> bool:
    """What it called the board to ask was answered, and its turn ended before it could be told."""
    called = set(step.questions.filter(key__startswith=Question.CALLED).values_list("pk", flat=True))
    waiting = run.inbox.filter(kind=InboxItem.ANSWER, taken_at=None) if called else ()
    return any(item.body.get("question") in called for item in waiting)


def park_lost(run: Run, step: Step, where: dict[str, Any]) -> None:
    """The worker died while the turn waited: the answer starts the next turn, with or without that worker."""
    move_step(run, step, STEP_SUCCEEDED, where=where, owner="", lease_until=None, result=PARKED)
    wait_without_process(run)


def take_up_again(run: Run, step: Step, actor: str = "board") -> Step | None:
    """The next turn of the same round, in the same clone, told what it had asked; None while more is open."""
    if run.questions.filter(state=OPEN).exists():
        return None
    if run.state != RUNNING:
        move_run(run, RUNNING, actor=actor, waiting_for="")
    run.parked_at = None
    run.save(update_fields=["parked_at"])
    items = list(run.inbox.filter(kind=InboxItem.ANSWER))
    heard = {item.body.get("question") for item in items if item.taken_at}
    asked = step.questions.filter(state__in=(ANSWERED, DEFAULTED)).exclude(pk__in=heard)
    told = [f"You asked: {row.text}\nThe answer: {row.answer}" for row in asked]
    message = "\n\n".join(filter(None, [str(step.request.get("message", "")), *told]))
    following = append_step(run, WORK, round=step.round, request={**step.request, "message": message})
    for item in items:
        if not item.taken_at:
            rounds.mark_taken(run, item, following)
    return following
