"""What a person may write into a card: each field checked and brought into one form."""

from collections.abc import Callable
from typing import Any

from teamboard.board import errors
from teamboard.board.models import Agent, Task


def _title(task: Task, value: Any) -> str:
    title = " ".join(str(value or "").split())
    if not title:
        raise errors.invalid("The task has no title.", "Write one line that says what to do.", field="title")
    if len(title) > 200:
        raise errors.invalid(
            "The title is longer than 200 letters.", "Put the details into the description.", field="title"
        )
    return title


def _body(task: Task, value: Any) -> str:
    return str(value or "").replace("\r\n", "\n").strip()


def _lines(name: str, most: int) -> Callable[[Task, Any], list[str]]:
    """A list of one-line texts without blanks and repetitions."""

    def clean(task: Task, value: Any) -> list[str]:
        if isinstance(value, str) or not all(isinstance(item, str) for item in value or ()):
            raise errors.invalid(f"“{name}” must be a list of texts.", "Give one text for each item.", field=name)
        items = [" ".join(item.split()) for item in value or ()]
        found = list(dict.fromkeys(item for item in items if item))
        if any(len(item) > most for item in found):
            raise errors.invalid(f"An item of “{name}” is too long.", f"Use up to {most} letters each.", field=name)
        return found

    return clean


def _scope(task: Task, value: Any) -> list[str]:
    globs = _lines("scope", 500)(task, value)
    for glob in globs:
        if glob.startswith("/") or ".." in glob.split("/"):
            raise errors.invalid(
                f"“{glob}” points outside the repository.", "Name paths from its root, like src/**.", field="scope"
            )
    return globs


def _priority(task: Task, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -100 <= value <= 100:
        raise errors.invalid("The priority must be a whole number.", "Use -100 to 100; 0 is normal.", field="priority")
    return value


def _agent(task: Task, value: Any) -> Agent | None:
    """A row, its id, or None."""
    if value in (None, ""):
        return None
    pk = value.pk if isinstance(value, Agent) else value
    rows = Agent.objects.filter(project_id=task.project_id)
    agent = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
    if agent is None:
        raise errors.invalid("This agent is not one of the project.", "Choose one of its agents.", field="agent")
    return agent


def _flag(task: Task, value: Any) -> bool:
    return bool(value)


CLEAN: dict[str, Callable[[Task, Any], Any]] = {
    "title": _title,
    "body": _body,
    "acceptance": _lines("acceptance", 1000),
    "scope": _scope,
    "labels": _lines("labels", 40),
    "priority": _priority,
    "agent": _agent,
    "start_when_free": _flag,
}


def apply(task: Task, fields: dict[str, Any]) -> list[str]:
    """Set the cleaned values on the row (unsaved); returns the names of those that differ now."""
    changed = []
    for name, value in fields.items():
        if name not in CLEAN:
            raise errors.invalid(
                f"A task has no field “{name}” that can be edited.", f"It has {', '.join(CLEAN)}.", field=name
            )
        clean = CLEAN[name](task, value)
        if getattr(task, name) != clean:
            setattr(task, name, clean)
            changed.append(name)
    return changed
