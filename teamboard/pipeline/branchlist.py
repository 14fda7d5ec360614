"""What is already here: each branch with its distance from the target, its size, and which others it conflicts with."""

import logging
from itertools import combinations
from typing import Any

from teamboard.board.models import Project
from teamboard.git import candidates, diff
from teamboard.git.command import GitError
from teamboard.git.stores import Stores
from teamboard.git.upstream import Branch, Upstream, UpstreamProblem

# Beyond these the list stays quick and says "unknown" instead.
MEASURED = 60
COMPARED = 24

log = logging.getLogger(__name__)
Row = dict[str, Any]


def rows(
    project: Project, there: Stores, upstream: Upstream, branches: list[Branch], known: dict[str, Row]
) -> list[Row]:
    """Newest first, the target left in with zeros. Unchanged branches keep what was computed for them."""
    others = [branch for branch in branches if branch.name != project.target]
    measured = {branch.name: _row(project, there, upstream, branch, known) for branch in others[:MEASURED]}
    _compare(there, [row for row in measured.values() if row["ahead"]][:COMPARED], known)
    return [measured.get(branch.name) or _bare(project, branch) for branch in branches]


def _bare(project: Project, branch: Branch) -> Row:
    zero = 0 if branch.name == project.target else None
    return {
        "name": branch.name,
        "sha": branch.sha,
        "target_sha": project.head_sha,
        "at": branch.committed_at.isoformat() if branch.committed_at else None,
        "author": branch.author,
        "subject": branch.subject,
        "worktree": branch.worktree,
        "checked_out": branch.checked_out,
        "ahead": zero,
        "behind": zero,
        "files": zero,
        "additions": zero,
        "deletions": zero,
        "conflicts_with": [],
        "conflicts_with_target": None,
    }


def _row(project: Project, there: Stores, upstream: Upstream, branch: Branch, known: dict[str, Row]) -> Row:
    old, row = known.get(branch.name), _bare(project, branch)
    if old and (old["sha"], old.get("target_sha")) == (branch.sha, project.head_sha) and old["ahead"] is not None:
        return {**old, "worktree": branch.worktree, "checked_out": branch.checked_out}
    try:
        _measure(project, there, upstream, branch, row)
    except (GitError, UpstreamProblem) as problem:
        log.info("branch %s is not measured: %s", branch.name, problem)
    return row


def _measure(project: Project, there: Stores, upstream: Upstream, branch: Branch, row: Row) -> None:
    if there.resolve(branch.sha) is None:
        there.fetch_branch(upstream, branch.name, f"refs/upstream/{branch.name}")
    apart = there.divergence(project.head_sha, branch.sha)
    row["ahead"], row["behind"] = apart.ahead, apart.behind
    base = there.merge_base(project.head_sha, branch.sha)
    if base is None:
        return
    files = diff.changed_files(there, base, branch.sha)
    row["files"] = len(files)
    row["additions"], row["deletions"] = (sum(getattr(f, side) for f in files) for side in ("additions", "deletions"))
    if apart.ahead:
        row["conflicts_with_target"] = bool(candidates.conflicts(there, project.head_sha, branch.sha))


def _compare(there: Stores, measured: list[Row], known: dict[str, Row]) -> None:
    """Every pair among the newest; a pair of which neither moved is taken over."""
    for row in measured:
        row["conflicts_with"] = []
    for a, b in combinations(measured, 2):
        if _conflict(there, a, b, known):
            a["conflicts_with"].append(b["name"])
            b["conflicts_with"].append(a["name"])


def _conflict(there: Stores, a: Row, b: Row, known: dict[str, Row]) -> bool:
    old_a, old_b = known.get(a["name"]), known.get(b["name"])
    if (
        old_a
        and old_b
        and (old_a["sha"], old_b["sha"]) == (a["sha"], b["sha"])
        and b["name"] in old_a["conflicts_with"]
    ):
        return True
    try:
        return bool(candidates.conflicts(there, a["sha"], b["sha"]))
    except GitError:
        return False
