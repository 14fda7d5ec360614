"""A repository comes under the board, and what is seen of its upstream."""

import os
import re
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from teamboard.accounts.actions import INSTANCE
from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import errors
from teamboard.board.models import Project
from teamboard.board.rights import require_instance
from teamboard.events import bus
from teamboard.events.catalogue import (
    BranchesSeen,
    ProjectListed,
    ProjectOpened,
    ProjectReady,
    TargetMoved,
    UpstreamLost,
)

# scheme://..., or user@host:path as ssh writes it
REMOTE = re.compile(r"^(?:[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:)", re.IGNORECASE)


@transaction.atomic
def register_project(*, by: User, name: str = "", location: str, target: str = "") -> Project:
    """Rows and a fact only: the pipeline looks at the repository. One that failed to open is tried again."""
    require_instance(by, ARCHITECT, "open a repository")
    kind, location = _upstream(location)
    target = _checked_target(target)
    same = _registered(location, target)
    if same is not None and same.status != Project.FAILED:
        raise errors.duplicate_project(same)
    name = " ".join(name.split())[:120] or _name_of(location)
    project = same or Project(created_by=by, key=_free_key(name), upstream_kind=kind, upstream=location)
    project.name, project.target, project.status, project.problem = name, target, Project.OPENING, ""
    project.save()
    _tell_everybody(project, actor=by.actor)
    bus.publish(ProjectOpened(project=project.pk), actor=by.actor)
    return project


def _tell_everybody(project: Project, *, actor: str = "board") -> None:
    """What lists projects listens to the instance's log, as nobody knows beforehand which projects come."""
    bus.publish(ProjectListed(project=INSTANCE, listed=project.pk), actor=actor)


def _upstream(location: str) -> tuple[str, str]:
    location = location.strip().removeprefix("file://")
    if not location:
        raise errors.invalid("No repository is named.", "Give a folder or a clone URL.", field="location")
    if "\0" in location or "\n" in location or location.startswith("-") or "::" in location.split("/")[0]:
        raise errors.invalid(
            "This cannot be the address of a repository.", "Give a folder or a clone URL.", field="location"
        )
    if REMOTE.match(location):
        return Project.REMOTE, location
    path = os.path.expanduser(location)
    if not os.path.isabs(path):
        raise errors.invalid(
            f"“{location}” is not a full path.", "Begin with / (or ~), or give a clone URL.", field="location"
        )
    return Project.LOCAL, os.path.realpath(path)


def _checked_target(target: str) -> str:
    target = target.strip().removeprefix("refs/heads/")
    if target.startswith("-"):
        raise errors.invalid(
            f"“{target}” cannot be a target branch: git would read it as an option.",
            "Rename the branch, or choose another one.",
            field="target",
        )
    return target


def _registered(location: str, target: str) -> Project | None:
    """A project of the same upstream and target; a target that is not known yet counts as the same."""
    for project in Project.objects.filter(upstream=location):
        if project.target == target or not target or not project.target:
            return project
    return None


def _name_of(location: str) -> str:
    last = location.rstrip("/").removesuffix("/.git").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return last.removesuffix(".git") or "repository"


def _free_key(name: str) -> str:
    """Two or three capital letters for the cards' numbers: "Ledger lines" gives LL."""
    words = re.findall(r"[A-Za-z0-9]+", name) or ["board"]
    stem = ("".join(word[0] for word in words) if len(words) > 1 else words[0])[:3].upper()
    taken = set(Project.objects.values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}{n}" for n in range(2, 1000))) if key not in taken)


@transaction.atomic
def project_ready(project: Project, *, target: str, head_sha: str, notes: Sequence[dict[str, str]] = ()) -> Project:
    project.target, project.head_sha, project.notes = target, head_sha, list(notes)
    project.status, project.problem = Project.READY, ""
    project.save(update_fields=["target", "head_sha", "status", "problem", "notes"])
    _tell_everybody(project)
    bus.publish(ProjectReady(project=project.pk, ok=True))
    return project


@transaction.atomic
def project_failed(project: Project, *, problem: str) -> Project:
    """`problem` says what is wrong and what to do. What another worker has opened meanwhile stays open."""
    opening = Project.objects.filter(pk=project.pk, status=Project.OPENING)
    if opening.update(status=Project.FAILED, problem=problem):
        _tell_everybody(project)
        bus.publish(ProjectReady(project=project.pk, ok=False))
    project.refresh_from_db(fields=["status", "problem"])
    return project


@transaction.atomic
def lose_upstream(project: Project, *, problem: str) -> None:
    """What was open cannot be read any more; `problem` says why and what to do. Told when it begins or differs."""
    now = timezone.now()
    rows = Project.objects.filter(pk=project.pk).exclude(upstream_problem=problem)
    if rows.update(upstream_problem=problem, upstream_lost_at=Coalesce("upstream_lost_at", Value(now))):
        _tell_everybody(project)
        bus.publish(UpstreamLost(project=project.pk, lost=True))


@transaction.atomic
def find_upstream(project: Project) -> None:
    """It can be read (again)."""
    rows = Project.objects.filter(pk=project.pk).exclude(upstream_problem="")
    if rows.update(upstream_problem="", upstream_lost_at=None):
        _tell_everybody(project)
        bus.publish(UpstreamLost(project=project.pk, lost=False))


@transaction.atomic
def record_branches(project: Project, *, branches: list[dict[str, Any]]) -> bool:
    """What the upstream holds now; a fact is told only if it differs from what was seen before."""
    before = Project.objects.select_for_update().values_list("branches", flat=True).get(pk=project.pk)
    project.branches, project.branches_at = branches, timezone.now()
    project.save(update_fields=["branches", "branches_at"])
    if before == branches:
        return False
    bus.publish(BranchesSeen(project=project.pk))
    return True


@transaction.atomic
def record_target(project: Project, *, sha: str, by_board: bool) -> bool:
    """The mirror follows the upstream; False if it was there already."""
    moved = Project.objects.filter(pk=project.pk).exclude(head_sha=sha).update(head_sha=sha)
    project.head_sha = sha
    if not moved:
        return False
    bus.publish(TargetMoved(project=project.pk, sha=sha, by_board=by_board))
    return True
