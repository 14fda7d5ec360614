"""What is said between people and a run: questions, answers, steering, and the inbox that carries them."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from agents.contract import PermissionAsked
from agents.contract import Question as QuestionEvent
from teamboard.accounts.models import REVIEWER, User
from teamboard.board import rights
from teamboard.events.bus import publish
from teamboard.events.catalogue import InboxFilled, QuestionAsked, QuestionClosed
from teamboard.lib import lease
from teamboard.lib.lease import LeaseLost
from teamboard.lib.prepared import Prepared
from teamboard.lib.refusal import Refused
from teamboard.runs.actions import parking, rounds
from teamboard.runs.actions.moves import actor_of, live_step, lock_run, move_run
from teamboard.runs.actions.steps import Claim, own
from teamboard.runs.models import InboxItem, Question, Run, Step
from teamboard.runs.states import ANSWERED, DEFAULTED, FINAL_RUN, OPEN, QUESTION, RUNNING, STEP_RUNNING, WAITING

REFUSE = "refuse"
# Each turn at work asks twice a second, nearly always for nothing.
_WAITING = Prepared(
    lambda run: InboxItem.objects.filter(
        run_id=run, taken_at=None, kind__in=(InboxItem.STEER, InboxItem.ANSWER)
    ).values_list("pk")
)


@transaction.atomic
def ask(claim: Claim, event: QuestionEvent | PermissionAsked) -> Question:
    """Put the agent's question before the people. A step that is tried again finds its question and answer there."""
    run = own(claim)
    question, new = Question.objects.get_or_create(run=run, step=claim.step, key=event.key, defaults=_fields(event))
    if question.state == OPEN and run.state == RUNNING:
        move_run(run, WAITING, waiting_for=question.kind)
    if new:
        fact = QuestionAsked(project=run.project_id, task=run.task_id, run=run.pk, question=question.pk)
        publish(fact, actor=f"agent:{run.agent_id}")
    return question


def _fields(event: QuestionEvent | PermissionAsked) -> dict[str, Any]:
    due = timezone.now() + timedelta(seconds=event.timeout_seconds) if event.timeout_seconds else None
    if isinstance(event, PermissionAsked):
        options = ["allow", REFUSE]
        return {
            "kind": Question.PERMISSION, "text": event.text, "options": options, "default": REFUSE, "due_at": due,
        }  # fmt: skip
    # A question without a default never takes one by itself.
    due = due if event.default is not None else None
    return {"text": event.text, "options": list(event.options), "default": event.default, "due_at": due}


@transaction.atomic
def answer(question: Question, text: str, *, by: User) -> Question:
    run = lock_run(question.run_id)
    rights.require(by, run.project, REVIEWER, "answer an agent")
    question.refresh_from_db()
    if question.state != OPEN:
        raise Refused(
            "question_closed",
            f"This question is {question.state} already.",
            remedy="Send the agent a message instead.",
            details={"answer": question.answer},
        )
    if not text.strip():
        raise Refused("empty_answer", "The answer is empty.", remedy="Choose an option or write one.", status=422)
    _close(run, question, ANSWERED, text.strip(), by)
    return question


@transaction.atomic
def default_question(question: Question) -> bool:
    """Take the default of a question whose time is up; False if it has none, is not due, or was closed."""
    run = lock_run(question.run_id)
    question.refresh_from_db()
    if question.state != OPEN or question.default is None:
        return False
    if question.due_at is None or question.due_at > timezone.now():
        return False
    _close(run, question, DEFAULTED, question.default, None)
    return True


def default_due() -> int:
    due = Question.objects.filter(state=OPEN, default__isnull=False, due_at__lte=timezone.now())
    return sum(default_question(question) for question in due)


def _close(run: Run, question: Question, to: str, text: str, by: User | None) -> None:
    QUESTION.move(question, to, answer=text, answered_by=by, answered_at=timezone.now())
    fact = QuestionClosed(project=run.project_id, task=run.task_id, run=run.pk, question=question.pk)
    publish(fact, actor=actor_of(by))
    if run.state in FINAL_RUN:
        return
    step = live_step(run)
    if step is None:
        parking.take_up_again(run, question.step, actor_of(by))
        return
    _fill(run, InboxItem.ANSWER, {"key": question.key, "text": text, "question": question.pk}, by)
    if run.state == WAITING and not run.questions.filter(state=OPEN).exists():
        move_run(run, RUNNING, actor=actor_of(by), waiting_for="")


def _fill(run: Run, kind: str, body: dict[str, Any], by: User | None) -> InboxItem:
    item = InboxItem.objects.create(run=run, kind=kind, body=body, created_by=by)
    publish(InboxFilled(project=run.project_id, task=run.task_id, run=run.pk, item=item.pk), actor=actor_of(by))
    return item


@transaction.atomic
def steer(run: Run, text: str, *, by: User) -> InboxItem | Step | None:
    """Say something to the agent: at once if its turn can hear it, else with its next turn."""
    run = lock_run(run.pk)
    rights.require(by, run.project, REVIEWER, "steer an agent")
    if not text.strip():
        raise Refused("empty_message", "The message is empty.", remedy="Write what the agent should do.", status=422)
    if run.state in FINAL_RUN:
        raise Refused("run_ended", f"This run has ended: {run.state}.", remedy="Resume it, then write to the agent.")
    if live_step(run) is None and run.waiting_for == rounds.REVIEW:
        return rounds.request_round(run, message=text.strip(), by=by)
    return _fill(run, InboxItem.STEER, {"text": text.strip()}, by)


def read_inbox(claim: Claim) -> list[InboxItem]:
    """What waits for the running turn; raises LeaseLost when the step is somebody else's or ended (D19)."""
    if not lease.held_by(Step.objects.all(), claim.step.pk, claim.fence, running=STEP_RUNNING).exists():
        raise LeaseLost(str(claim.step))
    waiting = [pk for (pk,) in _WAITING.rows(claim.run_id)]
    return list(InboxItem.objects.filter(pk__in=waiting)) if waiting else []


@transaction.atomic
def take_item(claim: Claim, item: InboxItem) -> None:
    """The runner has it. One that it cannot hear now is left, and goes into the next round's brief."""
    run = own(claim)
    rounds.mark_taken(run, item, claim.step)
