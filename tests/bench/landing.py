"""Row `approve`: from an Architect's approval to the moved target, without checks."""

import time
from pathlib import Path
from typing import Any

from tests.bench.report import Figure, p, spread
from tests.bench.stage import Stage, branches, timed
from tests.board_process import Api
from tests.journey.main_job import entry_when, git

CHANGES = 24


def measure(stage: Stage) -> Figure:
    """No check is defined and the approval waives that by name: what is left is the board's own work."""
    repo = stage.repository("approve")
    names = branches(repo, CHANGES)
    project = stage.project(repo, checks={})
    floor = [_by_hand(repo, name) for name in names]
    changes = [stage.ada.post(f"projects/{project['id']}/changes", branch=name)["id"] for name in names]
    ready = [stage.ada.until(f"changes/{change}", lambda row: row["patch_sets"]) for change in changes]
    times = [_approved(stage.ada, repo, project["id"], change) for change in ready]
    return Figure(
        what="approve to target moved, checks aside, request sent to ref moved, p95",
        value=p(0.95, times),
        goal=500,
        floor=p(0.5, floor),
        floor_is="three git processes",
        more={**spread(times), "by_hand": spread(floor)},
    )


def _approved(api: Api, repo: Path, project: int, change: dict[str, Any]) -> float:
    newest = change["patch_sets"][-1]
    api.get(f"changes/{change['id']}/diff?patch_set=1")
    target = repo / ".git/refs/heads/main"
    before, began = target.read_text(), time.perf_counter()
    answer = api.post(
        f"changes/{change['id']}/votes",
        patch_set=1,
        head_sha=newest["head_sha"],
        value=2,
        waived=["checks_defined"],
    )
    assert answer["queue_entry"], answer
    while target.read_text() == before:
        assert time.perf_counter() - began < 30, "the target was not moved"
        time.sleep(0.002)
    moved = (time.perf_counter() - began) * 1000
    entry_when(api, project, answer["queue_entry"]["id"], ("merged", "held", "returned"))
    return moved


def _by_hand(repo: Path, branch: str) -> float:
    """merge-tree, commit-tree, update-ref; on a ref that nobody looks at."""

    def land() -> None:
        tree = git(repo, "merge-tree", "--write-tree", "main", branch)
        commit = git(repo, "commit-tree", tree, "-p", "main", "-p", branch, "-m", "By hand")
        git(repo, "update-ref", "refs/bench/main", commit)

    return timed(land)
