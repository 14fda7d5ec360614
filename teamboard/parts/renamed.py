"""An agent's new name on the open pages of what it worked on."""

from teamboard.board.models import Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import review_live, run, task
from teamboard.parts.registry import Frame, live_part, looked_at
from teamboard.reviews.models import Change, Thread
from teamboard.runs import queries
from teamboard.runs.models import Run
from teamboard.runs.states import OPEN


def _agent(logged: Logged) -> int:
    return int(getattr(logged.fact, "agent", 0))


@live_part(facts.AgentChanged, topic="task")
def on_tasks(logged: Logged) -> list[Frame]:
    """The task's own page, and what each page of its runs says of the task."""
    agent = _agent(logged)
    found = Task.objects.filter(agent=agent) | Task.objects.filter(runs__agent=agent)
    rows = looked_at("task", found.select_related("project", "agent", "created_by").distinct())
    return [frame for row in rows for frame in task.frames_of(row) + run.task_frames_of(row)]


@live_part(facts.AgentChanged, topic="runstate")
def on_runs(logged: Logged) -> list[Frame]:
    rows = looked_at("runstate", Run.objects.filter(agent=_agent(logged)))
    return [frame for pk in rows.values_list("pk", flat=True) for frame in _of_run(queries.run_page(pk))]


def _of_run(row: Run) -> list[Frame]:
    asked = row.questions.filter(state=OPEN).select_related("run__agent")
    return run.frames_of(row) + [run.question_frame(question) for question in asked]


@live_part(facts.AgentChanged, topic="change")
def on_changes(logged: Logged) -> list[Frame]:
    """The head of what it wrote, each thread from which it can be asked, and each it answered in."""
    agent = _agent(logged)
    wrote = looked_at("change", Change.objects.filter(agent=agent))
    said = looked_at("change", Change.objects.filter(threads__comments__author_agent=agent).distinct())
    threads = Thread.objects.filter(change__in=said, comments__author_agent=agent).distinct()
    hints = [review_live.thread_hint(change, pk) for change, pk in threads.values_list("change_id", "pk")]
    heads = [frame for pk in wrote.values_list("pk", flat=True) for frame in review_live.frames_of(pk)]
    return heads + hints + review_live.threads_that_ask(wrote)
