"""What an agent calls the board back for: its token, the record of each call, and the tasks it suggests."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from agents.contract import Question as QuestionEvent
from teamboard.accounts.models import REVIEWER, User
from teamboard.accounts.secret import digest, new_secret
from teamboard.board import actions as board
from teamboard.board import rights
from teamboard.board.models import Task
from teamboard.events.bus import publish
from teamboard.events.catalogue import AgentCalled, SuggestedTaskMoved
from teamboard.lib.refusal import Refused
from teamboard.lib.text import bare
from teamboard.runs.actions.moves import actor_of, lock_run
from teamboard.runs.actions.steps import Claim, own
from teamboard.runs.actions.talk import ask
from teamboard.runs.models import AgentCall, Question, Run, RunToken, SuggestedTask
from teamboard.runs.states import ACCEPTED, DISMISSED, FINAL_RUN, OPEN, STEP_RUNNING, SUGGESTED

PER_MINUTE = 60
MOST_OPEN_QUESTIONS, MOST_OPEN_TASKS = 5, 20
_KEPT = 4000


# The token


@transaction.atomic
def issue_run_token(claim: Claim) -> str:
    """The secret is returned once; the turn's earlier one ends with it."""
    own(claim)
    RunToken.objects.filter(step=claim.step).delete()
    secret = new_secret()
    RunToken.objects.create(step=claim.step, fence=claim.fence, digest=digest(secret))
    return secret


def claim_of_token(secret: str) -> Claim | None:
    """The turn that may call with it, as long as it has its lease; it gives no right to anything else."""
    held = RunToken.objects.filter(digest=digest(secret), fence=F("step__fence"), step__state=STEP_RUNNING)
    held = held.filter(step__lease_until__gt=timezone.now()).exclude(step__run__state__in=FINAL_RUN)
    token = held.select_related("step__run").first()
    return Claim(token.step, token.fence) if token else None


def refuse_too_many(claim: Claim) -> None:
    """Two calls at once may both pass at the brink; that is near enough."""
    since = timezone.now() - timedelta(minutes=1)
    if AgentCall.objects.filter(run=claim.run_id, at__gt=since).count() >= PER_MINUTE:
        raise Refused(
            "rate_limited",
            f"This run called the board {PER_MINUTE} times within a minute.",
            remedy="Wait a minute, then call less often.",
            status=429,
        )


# The record


@transaction.atomic
def record_call(claim: Claim, tool: str, arguments: str, answer: str, *, refused: bool = False) -> AgentCall:
    run = own(claim)
    row = AgentCall.objects.create(
        run=run,
        step=claim.step,
        tool=bare(tool)[:40],
        arguments=bare(arguments)[:_KEPT],
        answer=bare(answer)[:_KEPT],
        refused=refused,
    )
    publish(AgentCalled(project=run.project_id, task=run.task_id, run=run.pk, call=row.pk), actor=_agent(run))
    return row


@transaction.atomic
def take_calls(claim: Claim) -> list[AgentCall]:
    """The calls that the run's output does not show yet; they count as shown from now on."""
    rows = list(AgentCall.objects.filter(run=claim.run_id, shown_at=None))
    if rows:
        own(claim)
        AgentCall.objects.filter(pk__in=[row.pk for row in rows]).update(shown_at=timezone.now())
    return rows


# What it asks and suggests


@transaction.atomic
def ask_without_waiting(
    claim: Claim, text: str, *, options: tuple[str, ...] = (), default: str | None = None, seconds: float | None = None
) -> Question:
    """A question whose asker goes on; the answer comes to its turn, or starts its next one."""
    run = own(claim)
    if run.questions.filter(state=OPEN).count() >= MOST_OPEN_QUESTIONS:
        raise Refused(
            "too_many_questions",
            f"{MOST_OPEN_QUESTIONS} of your questions are open already.",
            remedy="End your turn: what people answer starts the next one.",
        )
    if run.questions.filter(state=OPEN, step=claim.step, text=text).exists():
        raise Refused("asked_already", "You asked just that, and it is open.", remedy="End your turn and wait for it.")
    key = f"{Question.CALLED}{claim.step.questions.filter(key__startswith=Question.CALLED).count() + 1}"
    event = QuestionEvent(key=key, text=text, options=options, default=default, timeout_seconds=seconds)
    return ask(claim, event)


@transaction.atomic
def suggest_task(claim: Claim, *, title: str, body: str = "") -> SuggestedTask:
    run = own(claim)
    waiting = run.suggested_tasks.filter(state=OPEN)
    if waiting.count() >= MOST_OPEN_TASKS:
        raise Refused(
            "too_many_suggestions",
            f"{MOST_OPEN_TASKS} of your suggestions wait for a person.",
            remedy="Go on with your own task.",
        )
    if waiting.filter(title=title).exists():
        raise Refused("suggested_already", "You suggested that task.", remedy="Go on with your own task.")
    row = SuggestedTask.objects.create(run=run, title=title, body=body)
    _tell(run, row, _agent(run))
    return row


@transaction.atomic
def accept_suggested_task(row: SuggestedTask, *, by: User) -> Task:
    """It becomes a card in the backlog like any other; nobody starts it by this."""
    run = _decide(row, by, "accept a suggested task")
    body = f"{row.body}\n\n_Suggested by {run.agent.name} in run {run.number} of {run.task.ref}._".strip()
    task = board.create_task(run.project, by=by, title=row.title, body=body)
    SUGGESTED.move(row, ACCEPTED, task=task, decided_by=by, decided_at=timezone.now())
    _tell(run, row, actor_of(by))
    return task


@transaction.atomic
def dismiss_suggested_task(row: SuggestedTask, *, by: User) -> None:
    run = _decide(row, by, "dismiss a suggested task")
    SUGGESTED.move(row, DISMISSED, decided_by=by, decided_at=timezone.now())
    _tell(run, row, actor_of(by))


def _decide(row: SuggestedTask, by: User, deed: str) -> Run:
    run = lock_run(row.run_id)
    rights.require(by, run.project, REVIEWER, deed)
    row.refresh_from_db()
    if row.state != OPEN:
        raise Refused("suggestion_decided", f"This suggestion is {row.state} already.", remedy="Reload the page.")
    return run


def _tell(run: Run, row: SuggestedTask, actor: str) -> None:
    fields: dict[str, Any] = {"project": run.project_id, "task": run.task_id, "run": run.pk}
    publish(SuggestedTaskMoved(**fields, suggested=row.pk, state=row.state), actor=actor)


def _agent(run: Run) -> str:
    return f"agent:{run.agent_id}"
