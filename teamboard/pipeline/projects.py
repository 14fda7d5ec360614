"""A project's stores follow its upstream: opened once, then the target and the branches every few seconds."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import close_old_connections

from teamboard.board import actions as board
from teamboard.board import projectfile, proposals, queries
from teamboard.board.models import Project
from teamboard.git.command import GitError
from teamboard.git.stores import StoreBusy, Stores
from teamboard.git.upstream import Branch, Kind, Upstream, UpstreamProblem, check_branch, inspect
from teamboard.lib.killpoints import kill_point
from teamboard.pipeline import adopted, branchlist, peculiar
from teamboard.reviews.storage import stores

log = logging.getLogger(__name__)

# The simulator keeps its upstream in memory.
open_upstream: Callable[[str, Kind], Upstream] = Upstream


def upstream_of(project: Project) -> Upstream:
    return open_upstream(project.upstream, "remote" if project.upstream_kind == Project.REMOTE else "local")


def open_project(project_id: int) -> None:
    """Fill the stores of a registered repository, or say why that cannot be done. Harmless to repeat."""
    project = Project.objects.get(pk=project_id)
    if project.status != Project.OPENING:
        return
    try:
        _open(project)
    except UpstreamProblem as problem:
        board.project_failed(project, problem=str(problem))
    except StoreBusy:
        return  # another worker opens it
    except (GitError, OSError) as problem:
        log.exception("project %s could not be opened", project_id)
        board.project_failed(project, problem=f"The repository could not be read: {problem}")
    finally:
        close_old_connections()


def _open(project: Project) -> None:
    seen = inspect(project.upstream)
    upstream = Upstream(seen.location, seen.kind)
    target = project.target or seen.default_branch
    check_branch(upstream, target)
    there = stores(project.pk)
    with there.lock(timeout=1):
        there.create()
        head = there.mirror(upstream, target)
    project.refresh_from_db()
    if project.status != Project.OPENING:
        return
    read_target(project, there, head)  # before it is ready: who sees it ready sees its settings too
    notes = peculiar.notes(seen, there, head, target)
    board.project_ready(project, target=target, head_sha=head, notes=notes)
    see_branches(project, upstream, there)
    if queries.settings_in_force(project) is None:
        board.propose_settings(project, body=_proposal(there, head))
    board.ask_calibration(project, by=None)


def _proposal(there: Stores, head: str) -> dict[str, Any]:
    names = [entry.path for entry in there.files(head)]
    blobs = {name: there.blob(head, name) for name in proposals.WANTED if name in set(names)}
    return proposals.propose(names, {name: (blob or b"").decode(errors="replace") for name, blob in blobs.items()})


def read_target(project: Project, there: Stores, head: str) -> None:
    """The project file as it is on the target (D8)."""
    blob = there.blob(head, projectfile.PATH)
    text = None if blob is None else blob.decode(errors="replace")
    board.record_file_settings(project, text=text, commit_sha=head)


def follow(project_id: int) -> None:
    """Look at the upstream once: has the target moved, have branches come, moved or gone?"""
    project = Project.objects.get(pk=project_id)
    upstream, there = upstream_of(project), stores(project.pk)
    try:
        follow_target(project, upstream, there)
        branches = see_branches(project, upstream, there)
    except UpstreamProblem as problem:
        log.warning("the upstream of project %s cannot be read: %s", project_id, problem)
        board.lose_upstream(project, problem=_lost(project, problem))
        return
    except StoreBusy:
        return  # a landing holds it; the next look comes soon
    if project.upstream_problem:
        board.find_upstream(project)
    adopted.follow(project, there, {branch.name: branch.sha for branch in branches})


def _lost(project: Project, problem: UpstreamProblem) -> str:
    """The remedies of opening a repository do not fit one that was there."""
    if problem.code != "not_a_repository":
        return str(problem)
    return f"{problem.message} Move the repository back, or leave a symbolic link to it at {project.upstream}."


def follow_target(project: Project, upstream: Upstream, there: Stores) -> None:
    """Mirror a target that somebody else moved. What the board moves itself, the gate records."""
    sha = upstream.target_sha(project.target)
    if sha is None or sha == project.head_sha or _landing(project, sha):
        return
    with there.lock(timeout=1):
        head = there.mirror(upstream, project.target)
        # Before the head is recorded, so that a kill between the two repeats it; and no landing comes between.
        read_target(project, there, head)
        kill_point("target_followed")
        board.record_target(project, sha=head, by_board=False)


def _landing(project: Project, sha: str) -> bool:
    intent = getattr(project, "intent", None)
    return intent is not None and intent.new_sha == sha


def see_branches(project: Project, upstream: Upstream, there: Stores) -> list[Branch]:
    """Record what the upstream holds, when it differs from what was seen before."""
    branches = upstream.branches(there.hub) if upstream.kind == "remote" else upstream.branches()
    known = {row["name"]: row for row in project.branches}
    now = [(branch.name, branch.sha, branch.worktree or "") for branch in branches]
    seen = [(row["name"], row["sha"], row.get("worktree") or "") for row in project.branches]
    if sorted(now) != sorted(seen) or any(row.get("target_sha") != project.head_sha for row in project.branches):
        rows = branchlist.rows(project, there, upstream, branches, known)
        board.record_branches(project, branches=rows)
    return branches


__all__ = ["asdict", "follow", "open_project", "see_branches", "upstream_of"]
