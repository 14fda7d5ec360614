"""What is already here: local branches and linked worktrees, and which of them are under review."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime

from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import safe
from teamboard.parts.registry import Frame, live_part
from teamboard.reviews.models import Change
from teamboard.reviews.states import OPEN


def panel(project: Project) -> str:
    reviewed = dict(Change.objects.filter(project=project, state=OPEN).exclude(branch="").values_list("branch", "pk"))
    rows = [_row(project, branch, reviewed) for branch in project.branches if branch.get("name") != project.target]
    calibrations = queries.calibrations(project)
    shown = {"project": project, "rows": rows, "calibrations": calibrations}
    return safe(render_to_string("branches/panel.html", shown))


def _row(project: Project, branch: dict[str, Any], reviewed: dict[str, int]) -> dict[str, Any]:
    files = branch.get("files")
    at = branch.get("committed_at") or branch.get("at") or ""
    clashes = [project.target] if branch.get("conflicts_with_target") else []
    return {
        **branch,
        "clashes": clashes + list(branch.get("conflicts_with") or []),
        "file_count": len(files) if isinstance(files, list) else files,
        "at": parse_datetime(at) if isinstance(at, str) and at else None,
        "change": reviewed.get(str(branch.get("name"))),
    }


@live_part(
    facts.ProjectOpened,
    facts.ProjectReady,
    facts.BranchesSeen,
    facts.TargetMoved,
    facts.ChangeOpened,
    facts.ChangeMoved,
    topic="branches",
)
def frames(logged: Logged) -> list[Frame]:
    project = Project.objects.get(pk=logged.project)
    return [Frame(f"branches.{project.pk}", target="branches", html=panel(project))]
