"""Refusals of this room, in the words a person reads."""

from collections.abc import Sequence

from teamboard.board.models import Agent, Project, Task
from teamboard.lib.refusal import Refused


def invalid(message: str, remedy: str, *, field: str = "") -> Refused:
    return Refused("invalid", message, remedy=remedy, details={"field": field} if field else None, status=422)


def duplicate_project(project: Project) -> Refused:
    return Refused(
        "duplicate_project",
        f"This repository is already open as {project.name}.",
        remedy="Go to that project, or name another target branch.",
        details={"project": project.pk},
    )


def circle(tasks: Sequence[Task]) -> Refused:
    chain = " → ".join(task.ref for task in tasks)
    return Refused(
        "cyclic_dependency",
        f"These tasks would wait for each other in a circle: {chain}.",
        remedy="Take away one of these dependencies first.",
        details={"circle": [task.pk for task in tasks]},
    )


def agent_name_taken(agent: Agent) -> Refused:
    return Refused(
        "agent_name_taken",
        f"An agent called {agent.name} is already here.",
        remedy="Choose another name.",
        details={"agent": agent.pk},
    )


def no_command() -> Refused:
    return invalid(
        "The agent has no command.", "Give the program and its arguments, for example: codex exec -", field="command"
    )


def forbidden_grant(reason: str, path: str) -> Refused:
    """`reason` says what to do instead, too."""
    return Refused("forbidden_grant", reason, details={"path": path}, status=422)


def last_architect() -> Refused:
    return Refused(
        "last_architect",
        "This is the last Architect of the project.",
        remedy="Make somebody else an Architect first.",
    )


def invitation_invalid() -> Refused:
    """One answer for unknown, used, expired and withdrawn: it tells a guesser nothing."""
    return Refused(
        "invitation_invalid", "This invitation cannot be used.", remedy="Ask an Architect for a new link.", status=404
    )


# What to do instead of a move that the table forbids, by where somebody wanted the card.
INSTEAD = {
    "started": "Start it with an agent.",
    "done": "A task is done when its change is merged.",
    "backlog": "Move it to ready first.",
    "abandoned": "What is merged stays merged: undo the merge instead.",
}


def cannot_move(task: Task, to: str) -> Refused:
    return Refused(
        "cannot_move",
        f"{task.ref} is {task.state} and cannot become {to}.",
        remedy=INSTEAD.get(to, "Use backlog, ready or abandoned."),
        details={"task": task.pk, "state": task.state},
    )


def deleted(task: Task) -> Refused:
    return Refused(
        "task_deleted",
        f"{task.ref} is deleted.",
        remedy="Restore it first.",
        details={"task": task.pk, "state": "deleted"},
    )


def waited_for(task: Task, others: Sequence[Task]) -> Refused:
    names = ", ".join(other.ref for other in others)
    return Refused(
        "task_waited_for",
        f"{names} {'waits' if len(others) == 1 else 'wait'} for {task.ref}.",
        remedy="Take that dependency away first.",
        details={"waiting": [other.pk for other in others]},
    )


def at_work(task: Task) -> Refused:
    return Refused(
        "task_at_work",
        f"{task.ref} is at work: it has a live run or an open change.",
        remedy="Stop the run and abandon the change first.",
        details={"task": task.pk},
    )


def settings_from_file() -> Refused:
    return Refused(
        "file_in_force",
        "The settings of this project come from .teamboard/project.toml on the target branch.",
        remedy="Change that file and merge it.",
    )
