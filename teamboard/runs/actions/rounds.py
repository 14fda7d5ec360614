"""Starting runs, further rounds of them, and ending them."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, REVIEWER, User
from teamboard.board import rights
from teamboard.board.actions import refuse_deleted
from teamboard.board.models import Agent, Project, Task
from teamboard.board.states import DONE, STARTED, TASK
from teamboard.events.bus import publish
from teamboard.events.catalogue import InboxFilled, InboxTaken, RunCreated, TaskChanged
from teamboard.lib.refusal import Refused
from teamboard.runs import budgets
from teamboard.runs.actions.halting import refuse_if_halted
from teamboard.runs.actions.moves import (
    LIVE_STEP,
    actor_of,
    append_step,
    end_live_steps,
    live_step,
    lock_run,
    move_run,
    withdraw_questions,
)
from teamboard.runs.models import PREPARE, WORK, Checkpoint, InboxItem, Run, Step
from teamboard.runs.states import (
    CANCELLED,
    FAILED,
    FINAL_RUN,
    QUEUED,
    RUNNING,
    STEP_SUCCEEDED,
    SUCCEEDED,
    WAITING,
)

REVIEW = "review"
ROUND = "round"  # an inbox item that holds the feedback of a round which cannot start yet


@transaction.atomic
def start_run(task: Task, agent: Agent | None = None, *, by: User | None, checkpoint: Checkpoint | None = None) -> Run:
    """Queue a run of the task; a worker takes it from there. `by` is None when the board starts a dependent.

    With a checkpoint of another run of the task, it starts from those files instead of from the target.
    """
    task = Task.objects.select_for_update(of=("self",)).select_related("project", "agent").get(pk=task.pk)
    if by is not None:
        rights.require(by, task.project, ARCHITECT, "start a run")
    agent = agent or (checkpoint.run.agent if checkpoint else task.agent)
    _refuse_start(task, agent)
    if checkpoint is not None and checkpoint.run.task_id != task.pk:
        raise Refused(
            "foreign_checkpoint", "That checkpoint is of another task.", remedy="Choose one of this task.", status=422
        )
    assert agent is not None  # _refuse_start
    last = task.runs.order_by("-number").first()
    run = Run.objects.create(
        project=task.project,
        task=task,
        agent=agent,
        number=last.number + 1 if last else 1,
        continues=checkpoint,
        created_by=by,
    )
    publish(RunCreated(project=run.project_id, task=task.pk, run=run.pk), actor=actor_of(by))
    _mark_started(task, agent, actor_of(by))
    append_step(run, PREPARE, round=1)
    return run


def _refuse_start(task: Task, agent: Agent | None) -> None:
    refuse_if_halted()
    refuse_deleted(task)
    if agent is None:
        raise Refused("no_agent", f"{task.ref} has no agent.", remedy="Choose an agent for it.", status=422)
    if agent.project_id != task.project_id:
        raise Refused(
            "foreign_agent", f"{agent.name} belongs to another project.", remedy="Choose another.", status=422
        )
    if task.project.status != Project.READY:
        raise Refused("project_not_ready", "The repository is still being read.", remedy="Try again in a moment.")
    live = task.runs.exclude(state__in=FINAL_RUN).first()
    if live:
        raise Refused(
            "run_exists", f"{task.ref} has a run already.", remedy="Stop that run first.", details={"run": live.pk}
        )
    waits = [other.ref for other in task.waits_for.exclude(state=DONE).select_related("project")]
    if waits:
        raise Refused(
            "waits_for_others",
            f"{task.ref} waits for {', '.join(waits)}.",
            remedy="Merge or unlink them first; with Start when free it starts by itself.",
            details={"waits_for": waits},
        )
    budgets.refuse_if_spent(budgets.standings_before(task, agent))


def _mark_started(task: Task, agent: Agent, actor: str) -> None:
    if TASK.allows(task.state, STARTED):
        TASK.move(task, STARTED, agent=agent)
        publish(TaskChanged(project=task.project_id, task=task.pk), actor=actor)


def start_waiting(project: Project) -> list[Run]:
    """Start the tasks that asked to start by themselves and wait for nothing any more."""
    asked = project.tasks.filter(start_when_free=True, agent__isnull=False).filter(state__in=("backlog", "ready"))
    free = asked.exclude(waits_for__in=project.tasks.exclude(state=DONE))
    started = []
    for task in free:
        try:
            started.append(start_run(task, by=task.created_by if _may_start(task) else None))
        except Refused:
            continue  # somebody started it first, or linked another dependency
    return started


def _may_start(task: Task) -> bool:
    return task.created_by is not None and rights.may(task.created_by, task.project, ARCHITECT)


@transaction.atomic
def request_round(
    run: Run, *, feedback: list[int] | None = None, message: str = "", by: User | None = None
) -> Step | None:
    """Send feedback (thread ids) or a message to the agent: its next round starts now, or after the one at work.

    Returns the work step, or None when the feedback waits for the end of the round that is under way.
    """
    run = lock_run(run.pk)
    if by is not None:
        rights.require(by, run.project, REVIEWER, "send feedback to an agent")
    if run.state == SUCCEEDED:
        raise Refused("run_merged", "This work is merged already.", remedy="Write a new task for what is missing.")
    request = {"feedback": _not_asked_yet(run, feedback or []), "message": message}
    if feedback and not request["feedback"] and not message:
        return None  # a round that is queued or at work has all of it
    if live_step(run):
        _keep_for_later(run, request, by)
        return None
    return _next_round(run, request, actor_of(by))


def _not_asked_yet(run: Run, feedback: list[int]) -> list[int]:
    """The same request may come twice: rung by a message and found by a poll thread."""
    live = run.steps.filter(kind=WORK, state__in=LIVE_STEP).values_list("request", flat=True)
    kept = run.inbox.filter(taken_at=None).values_list("body", flat=True)
    asked = {thread for request in [*live, *kept] for thread in request.get("feedback", [])}
    return [thread for thread in feedback if thread not in asked]


def _keep_for_later(run: Run, request: dict[str, Any], by: User | None) -> None:
    item = InboxItem.objects.create(run=run, kind=ROUND, body=request, created_by=by)
    fact = InboxFilled(project=run.project_id, task=run.task_id, run=run.pk, item=item.pk)
    publish(fact, actor=actor_of(by))


def _next_round(run: Run, request: dict[str, Any], actor: str = "board") -> Step:
    if run.state != RUNNING:
        move_run(run, RUNNING, actor=actor, waiting_for="", failure_code="", failure_detail="", finished_at=None)
    last = run.steps.order_by("-seq").first()
    # A round that failed before it proposed anything is tried again, not counted again.
    done = last is None or last.state == STEP_SUCCEEDED
    return append_step(run, WORK, round=(last.round if last else 0) + (1 if done else 0), request=request)


def after_proposal(run: Run, step: Step) -> Step | None:
    """What came in while the round was at work starts the next one; otherwise the run waits for review."""
    items = list(run.inbox.filter(taken_at=None, kind__in=(ROUND, InboxItem.STEER)))
    if not items:
        move_run(run, WAITING, waiting_for=REVIEW)
        return None
    feedback = [thread for item in items for thread in item.body.get("feedback", [])]
    words = [item.body.get("message") or item.body.get("text") or "" for item in items]
    following = _next_round(run, {"feedback": feedback, "message": "\n\n".join(filter(None, words))})
    for item in items:
        mark_taken(run, item, following)
    return following


def mark_taken(run: Run, item: InboxItem, step: Step) -> None:
    item.taken_at, item.taken_by_step = timezone.now(), step
    item.save(update_fields=["taken_at", "taken_by_step"])
    publish(InboxTaken(project=run.project_id, task=run.task_id, run=run.pk, item=item.pk))


@transaction.atomic
def cancel_run(run: Run, *, by: User | None = None) -> Run:
    """Stop the run: whatever works for it is dead within 5 s (I-9); its work is kept."""
    run = lock_run(run.pk)
    if by is not None:
        rights.require(by, run.project, ARCHITECT, "stop a run")
    if run.state in FINAL_RUN:
        raise Refused("run_ended", f"This run has ended already: {run.state}.", remedy="There is nothing to stop.")
    end_live_steps(run, error="stopped")
    withdraw_questions(run)
    move_run(run, CANCELLED, actor=actor_of(by), waiting_for="", failure_code="", failure_detail="")
    return run


@transaction.atomic
def resume_run(run: Run, *, by: User | None = None) -> Run:
    """Go on with a failed or stopped run at the step where it ended, with fresh attempts."""
    run = lock_run(run.pk)
    if by is not None:
        rights.require(by, run.project, ARCHITECT, "resume a run")
    refuse_if_halted()
    refuse_deleted(run.task)
    if run.state not in (FAILED, CANCELLED):
        raise Refused("not_resumable", f"This run is {run.state}.", remedy="Only a failed or stopped run can go on.")
    if run.task.runs.exclude(pk=run.pk).exclude(state__in=FINAL_RUN).exists():
        raise Refused("run_exists", "Another run of this task is at work.", remedy="Stop that run first.")
    last, destroyed = run.steps.order_by("-seq").first(), run.failure_code == "workspace_gone"
    fields = {"waiting_for": "", "failure_code": "", "failure_detail": "", "finished_at": None}
    if last is not None and last.state == STEP_SUCCEEDED and last.kind == "propose":
        move_run(run, RUNNING, actor=actor_of(by), **fields)
        move_run(run, WAITING, actor=actor_of(by), waiting_for=REVIEW)
        return run
    budgets.refuse_if_spent(budgets.standings(run))
    move_run(run, RUNNING, actor=actor_of(by), **fields)
    _again(run, last, fresh=destroyed)
    return run


def _again(run: Run, last: Step | None, *, fresh: bool) -> Step:
    """`fresh`: what the agent left of a clone that it destroyed is no work to go on with."""
    if last is None:
        return append_step(run, PREPARE, round=1)
    # Nothing to collect means that the agent has to work again.
    kind = WORK if last.kind in ("collect", "checks") else last.kind
    return append_step(run, kind, round=last.round, request={**last.request, "fresh": fresh})


@transaction.atomic
def succeed_run(run: Run) -> Run:
    """Its change is merged."""
    run = lock_run(run.pk)
    if run.state in (QUEUED, SUCCEEDED):
        return run
    if run.state in (FAILED, CANCELLED):
        move_run(run, RUNNING, failure_code="", failure_detail="")
    end_live_steps(run, error="its change was merged")
    withdraw_questions(run)
    move_run(run, SUCCEEDED, waiting_for="")
    return run
