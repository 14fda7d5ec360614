"""Words that several programs share."""

import difflib
import json
from collections.abc import Mapping
from typing import Any, Literal

PlanState = Literal["pending", "in_progress", "completed"]
PLAN_STATES: Mapping[str, PlanState] = {
    "pending": "pending",
    "in_progress": "in_progress",
    "inProgress": "in_progress",
    "completed": "completed",
    "cancelled": "completed",
}
_TELLING = ("command", "cmd", "file_path", "filePath", "path", "url", "pattern")


def permission_text(tool: str, arguments: Any, work: str) -> str:
    """`Write notes.md`, `Bash: rm -rf build`: what a person decides on."""
    if not isinstance(arguments, dict):
        return tool
    found = next((arguments[name] for name in _TELLING if isinstance(arguments.get(name), str)), None)
    if found is None:
        return f"{tool} {json.dumps(arguments, ensure_ascii=False)[:500]}" if arguments else tool
    return f"{tool}: {found.removeprefix(work.rstrip('/') + '/')}"


def small_diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:])
