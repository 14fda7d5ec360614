"""The task page: what is asked for, its runs and changes."""

from typing import Any

from django.template.loader import render_to_string

from teamboard.board import queries
from teamboard.board.models import Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.evidence import column_of
from teamboard.lib.text import markdown
from teamboard.parts import cost
from teamboard.parts.board import tasks_of
from teamboard.parts.marks import safe
from teamboard.parts.registry import Frame, live_part
from teamboard.runs import queries as runs


def context(task: Task) -> dict[str, Any]:
    """Head and main are live; the dialogs load their forms when they open, so that nothing typed is ever swapped."""
    return {"task": task, "head": head(task), "main": main(task)}


def form(task: Task) -> dict[str, Any]:
    return {
        "task": task,
        "project": task.project,
        "agents": queries.agents_of(task.project),
        "waits_text": ", ".join(other.ref for other in task.waits_for.select_related("project")),
        "acceptance_text": "\n".join(task.acceptance),
        "scope_text": "\n".join(task.scope),
        "labels_text": ", ".join(task.labels),
    }


def head(task: Task) -> str:
    shown = {"task": task, "column": column_of(task), "live_run": runs.live_run_of(task)}
    return safe(render_to_string("task/head.html", shown))


def main(task: Task) -> str:
    shown = {
        "task": task,
        "body": markdown(task.body),
        "runs": runs.runs_of(task),
        "changes": task.changes.order_by("-id"),
        "waits_for": task.waits_for.select_related("project"),
        "cost": cost.of_task(task),
    }
    return safe(render_to_string("task/main.html", shown))


@live_part(
    facts.TaskCreated,
    facts.TaskChanged,
    facts.RunCreated,
    facts.RunMoved,
    facts.QuestionAsked,
    facts.QuestionClosed,
    facts.ChangeOpened,
    facts.ChangeMoved,
    facts.PatchSetUploaded,
    facts.EntryMoved,
    topic="task",
)
def frames(logged: Logged) -> list[Frame]:
    found = Task.objects.select_related("project", "agent", "created_by").filter(pk__in=tasks_of(logged.fact))
    return [frame for task in found for frame in frames_of(task)]


def frames_of(task: Task) -> list[Frame]:
    topic = f"task.{task.pk}"
    return [Frame(topic, target="task-head", html=head(task)), Frame(topic, target="task-main", html=main(task))]
