"""One board for the tests of a module, and a user's repository that must stay as it is."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.board_process import Api, BoardProcess
from tests.journey import sample
from tests.journey.main_job import git

# Short enough for a test, long enough for a machine that does much else.
QUICK = {"TEAMBOARD_LEASE_SECONDS": "6", "TEAMBOARD_BEAT_SECONDS": "1", "TEAMBOARD_SWEEP_SECONDS": "0.7"}
Json = dict[str, Any]
Untouched = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    with BoardProcess(tmp_path_factory.mktemp("board") / "data", env=QUICK) as process:
        yield process


@pytest.fixture(scope="module")
def api(board: BoardProcess) -> Api:
    return board.api()


@pytest.fixture
def untouched() -> Untouched:
    """Every ref, file and byte of a repository, its .git included, is the same afterwards."""

    @contextmanager
    def same(repo: Path) -> Iterator[None]:
        before = contents(repo)
        yield
        assert contents(repo) == before

    return same


def contents(folder: Path) -> dict[str, str]:
    """Path -> link target, or mode and digest, of everything below."""
    return {str(path.relative_to(folder)): _fingerprint(path) for path in folder.rglob("*")}


def _fingerprint(path: Path) -> str:
    if path.is_symlink():
        return f"link {os.readlink(path)}"
    if path.is_dir():
        return "folder"
    return f"{path.stat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"


class Room:
    """One project of a shared board, with the repository behind it."""

    def __init__(self, api: Api, repo: Path, project: Json) -> None:
        self.api, self.repo, self.project = api, repo, project
        self.pk: int = project["id"]

    @classmethod
    def open(cls, api: Api, repo: Path, **fields: Any) -> "Room":
        project = opened(api, repo, **fields)
        assert project["status"] == "ready", project
        return cls(api, repo, project)

    def head(self, branch: str = "main") -> str:
        return git(self.repo, "rev-parse", f"refs/heads/{branch}")

    def settle(self, command: list[str], **fields: Any) -> None:
        """One required check called tests."""
        self.api.post(f"projects/{self.pk}/grants", toolchain="python")
        check = {"command": command, **fields}
        self.api.patch(f"projects/{self.pk}/settings", checks={"tests": check}, accept=True)

    def branch(self, name: str, files: dict[str, str], start: str = "main") -> str:
        """A new branch with one commit, made beside the checked-out tree; its sha."""
        place = self.repo.parent / f"beside-{name.replace('/', '-')}"
        git(self.repo, "worktree", "add", "-q", "-b", name, str(place), start)
        sha = sample.write(place, files, f"Write {', '.join(files)}")
        git(self.repo, "worktree", "remove", "--force", str(place))
        return sha

    def adopt(self, name: str) -> Json:
        made = self.api.post(f"projects/{self.pk}/changes", branch=name)
        change: Json = self.api.until(f"changes/{made['id']}", lambda c: c["patch_sets"])
        return change

    def run(self, *command: str, title: str = "Try it") -> Json:
        """Start a new agent on a new task and wait until its run needs somebody."""
        number = len(self.api.get(f"projects/{self.pk}/agents"))
        agent = self.api.post(f"projects/{self.pk}/agents", name=f"Agent {number}", command=list(command))
        task = self.api.post(f"projects/{self.pk}/tasks", title=title)
        run = self.api.post(f"tasks/{task['id']}/runs", agent=agent["id"])
        return self.settled(run["id"])

    def settled(self, run: int, seconds: float = 90) -> Json:
        found: Json = self.api.until(f"runs/{run}", lambda r: r["state"] in ("waiting", "failed"), seconds)
        return found

    def approve(self, change: Json, **fields: Any) -> Json:
        newest = change["patch_sets"][-1]
        self.api.get(f"changes/{change['id']}/diff?patch_set={newest['number']}")
        sent = {"patch_set": newest["number"], "head_sha": newest["head_sha"], "value": 2, **fields}
        answer: Json = self.api.post(f"changes/{change['id']}/votes", **sent)
        return answer

    def entry(self, pk: int, *states: str, seconds: float = 90) -> Json:
        """The queue's entry as soon as it is in one of these states."""

        def row(queue: Json) -> Json:
            return next(item for item in queue["entries"] if item["id"] == pk)

        return row(self.api.until(f"projects/{self.pk}/queue", lambda q: row(q)["state"] in states, seconds))


def opened(api: Api, path: Path | str, **fields: Any) -> Json:
    """Register a repository and wait until the board has looked at it."""
    made = api.post("projects", path=str(path), **fields)
    project: Json = api.until(f"projects/{made['id']}", lambda p: p["status"] != "opening")
    return project
