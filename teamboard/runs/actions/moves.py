"""The moves that all actions on runs share; each locks the run first, so that they never wait in a ring."""

from typing import Any

from django.utils import timezone

from teamboard.accounts.models import User
from teamboard.events.bus import publish
from teamboard.events.catalogue import QuestionClosed, RunMoved, StepMoved
from teamboard.runs.models import Question, Run, Step
from teamboard.runs.states import (
    FAILED,
    FINAL_RUN,
    OPEN,
    QUESTION,
    RUN,
    STEP,
    STEP_CANCELLED,
    STEP_READY,
    STEP_RUNNING,
    WITHDRAWN,
)

LIVE_STEP = (STEP_READY, STEP_RUNNING)


def actor_of(by: User | None) -> str:
    return f"user:{by.pk}" if by else "board"


def lock_run(run_id: int) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("project", "task", "agent").get(pk=run_id)


def move_run(run: Run, to: str, *, actor: str = "board", **fields: Any) -> None:
    if to in FINAL_RUN:
        fields.setdefault("finished_at", timezone.now())
    RUN.move(run, to, **fields)
    publish(RunMoved(project=run.project_id, task=run.task_id, run=run.pk, state=to), actor=actor)


def move_step(run: Run, step: Step, to: str, *, where: dict[str, Any] | None = None, **fields: Any) -> None:
    if to not in LIVE_STEP:
        fields.setdefault("finished_at", timezone.now())
    STEP.move(step, to, where=where, **fields)
    tell_step(run, step, to)


def tell_step(run: Run, step: Step, state: str, *, actor: str = "board") -> None:
    publish(StepMoved(project=run.project_id, task=run.task_id, run=run.pk, step=step.pk, state=state), actor=actor)


def append_step(run: Run, kind: str, *, round: int, request: dict[str, Any] | None = None) -> Step:
    last = run.steps.order_by("-seq").first()
    step = Step.objects.create(run=run, seq=last.seq + 1 if last else 1, kind=kind, round=round, request=request or {})
    tell_step(run, step, STEP_READY)
    return step


def live_step(run: Run) -> Step | None:
    return run.steps.filter(state__in=LIVE_STEP).order_by("-seq").first()


def end_live_steps(run: Run, *, error: str) -> None:
    """Whoever works on one of them finds its lease gone at the next tick and kills what it started."""
    for step in run.steps.filter(state__in=LIVE_STEP):
        move_step(run, step, STEP_CANCELLED, error=error)


def withdraw_questions(run: Run) -> None:
    for question in Question.objects.filter(run=run, state=OPEN):
        QUESTION.move(question, WITHDRAWN, answered_at=timezone.now())
        publish(QuestionClosed(project=run.project_id, task=run.task_id, run=run.pk, question=question.pk))


def fail_run(run: Run, code: str, detail: str) -> None:
    withdraw_questions(run)
    move_run(run, FAILED, failure_code=code, failure_detail=detail[:4000], waiting_for="")
