"""A person's new name on the open pages of what they wrote, voted and asked for."""

from teamboard.board.models import Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import review_live, run, task
from teamboard.parts.registry import Frame, live_part, looked_at
from teamboard.reviews.models import Change, Thread
from teamboard.runs import queries
from teamboard.runs.models import Run


def _user(logged: Logged) -> int:
    return int(getattr(logged.fact, "user", 0))


@live_part(facts.PersonNamed, topic="task")
def on_tasks(logged: Logged) -> list[Frame]:
    found = Task.objects.filter(project=logged.project, created_by=_user(logged))
    rows = looked_at("task", found.select_related("project", "agent", "created_by"))
    return [frame for row in rows for frame in task.frames_of(row)]


@live_part(facts.PersonNamed, topic="runstate")
def on_runs(logged: Logged) -> list[Frame]:
    """Who steered and answered."""
    rows = looked_at("runstate", Run.objects.filter(project=logged.project))
    return [frame for pk in rows.values_list("pk", flat=True) for frame in run.frames_of(queries.run_page(pk))]


@live_part(facts.PersonNamed, topic="change")
def on_changes(logged: Logged) -> list[Frame]:
    """Authors and votes stand in the head; each thread that they spoke in is asked for."""
    shown = looked_at("change", Change.objects.filter(project=logged.project))
    said = Thread.objects.filter(change__in=shown, comments__author_user=_user(logged), published_at__isnull=False)
    threads = said.order_by("pk").distinct().values_list("change_id", "pk")
    heads = [frame for pk in shown.values_list("pk", flat=True) for frame in review_live.frames_of(pk)]
    return heads + [review_live.thread_hint(change, pk) for change, pk in threads]
