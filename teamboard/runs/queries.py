"""Reads over runs, named for who reads."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from teamboard.board.models import Project, Task
from teamboard.runs.models import Checkpoint, Halt, Question, Run, Step, SuggestedTask
from teamboard.runs.states import CANCELLED, FAILED, FINAL_RUN, OPEN, STEP_READY


def run_page(run_id: int) -> Run:
    """A run with all that its page shows."""
    steps = Prefetch("steps", queryset=Step.objects.order_by("seq"))
    questions = Prefetch("questions", queryset=Question.objects.select_related("answered_by"))
    rows = Run.objects.select_related("project", "task", "task__project", "agent", "created_by")
    return rows.prefetch_related(steps, questions, "inbox").get(pk=run_id)


def steps_of(run: Run) -> list[Step]:
    return list(run.steps.order_by("seq"))


def current_step(run: Run) -> Step | None:
    return run.steps.order_by("-seq").first()


def open_questions(project: int) -> "QuerySet[Question]":
    """What agents wait for, oldest first."""
    rows = Question.objects.filter(run__project=project, state=OPEN).exclude(run__state__in=FINAL_RUN)
    return rows.order_by("asked_at")


def runs_of(task: Task) -> list[Run]:
    return list(task.runs.select_related("agent").order_by("-number"))


def live_run_of(task: Task) -> Run | None:
    """The run that is at work or waits, if any."""
    return task.runs.exclude(state__in=FINAL_RUN).select_related("agent").order_by("-number").first()


def last_run_of(task: Task) -> Run | None:
    return task.runs.select_related("agent").order_by("-number").first()


def halted() -> Halt | None:
    """The emergency stop that nobody has released yet."""
    return Halt.objects.filter(released_at=None).select_related("pulled_by").first()


def due_steps(limit: int = 50) -> list[int]:
    """Steps that any worker may take now, oldest first."""
    if halted():
        return []
    rows = Step.objects.filter(state=STEP_READY).exclude(run__state__in=FINAL_RUN)
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:limit])


def unkept_runs(limit: int = 20) -> list[Run]:
    """Ended runs whose last seen files have no checkpoint yet."""
    kept = Checkpoint.objects.filter(run=OuterRef("pk"), head_sha=OuterRef("live_head"))
    ended = Run.objects.filter(state__in=(FAILED, CANCELLED)).exclude(live_head="")
    return list(ended.exclude(Exists(kept)).order_by("id")[:limit])


def ended_before(project: Project, moment: datetime) -> list[Run]:
    """Ended for long, oldest first."""
    rows = Run.objects.filter(project=project, state__in=FINAL_RUN, finished_at__lt=moment)
    return list(rows.select_related("project", "task", "agent").order_by("finished_at"))


def checkpoints_of(run: Run) -> list[Checkpoint]:
    """Newest first."""
    return list(run.checkpoints.order_by("-number"))


def open_suggestions(run: Run) -> list[SuggestedTask]:
    return list(run.suggested_tasks.filter(state=OPEN))


def undecided_suggestions(project: int) -> "QuerySet[SuggestedTask]":
    """What agents of the project suggested and nobody has decided about."""
    return SuggestedTask.objects.filter(run__project=project, state=OPEN)


def seconds_since(run: Run) -> float | None:
    """How long ago the run last did something, for its evidence line."""
    return (timezone.now() - run.activity_at).total_seconds() if run.activity_at else None
