"""Real repositories to work on."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from teamboard.git.commits import Person
from teamboard.git.stores import Stores
from teamboard.git.upstream import Upstream

ADA = Person("Ada", "ada@example.org")
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Repo:
    """A user's repository, driven by the plain git of the command line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *argv: str, stdin: bytes = b"") -> str:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Olga",
            "GIT_AUTHOR_EMAIL": "olga@example.org",
            "GIT_COMMITTER_NAME": "Olga",
            "GIT_COMMITTER_EMAIL": "olga@example.org",
        }
        done = subprocess.run(["git", *argv], cwd=self.path, env=env, input=stdin, capture_output=True)
        if done.returncode:
            raise AssertionError(f"git {argv}: {os.fsdecode(done.stderr)}")
        return os.fsdecode(done.stdout).strip()

    def write(self, files: dict[str, bytes | None]) -> None:
        for name, data in files.items():
            path = self.path / name
            if data is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def commit(self, files: dict[str, bytes | None], message: str = "change") -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def new_repo(tmp_path: Path) -> Callable[..., Repo]:
    def make(name: str = "repo", *flags: str) -> Repo:
        path = tmp_path / name
        path.mkdir()
        repo = Repo(path)
        repo.git("init", "-q", "-b", "main", *flags)
        return repo

    return make


@pytest.fixture
def repo(new_repo: Callable[..., Repo]) -> Repo:
    made = new_repo()
    made.commit({"a.txt": b"one\ntwo\nthree\n", "src/b.py": b"def f():\n    return 1\n"}, "first")
    return made


@pytest.fixture
def upstream(repo: Repo) -> Upstream:
    return Upstream(str(repo.path))


@pytest.fixture
def stores(tmp_path: Path, upstream: Upstream) -> Stores:
    made = Stores(tmp_path / "stores")
    made.create()
    made.mirror(upstream, "main")
    return made


@pytest.fixture
def edit(stores: Stores) -> Callable[..., str]:
    """A commit on top of another with some files changed."""

    def make(head: str, files: dict[str, bytes | None], message: str = "edit") -> str:
        return stores.write_file_change(head, files, message=message, author=ADA, when=WHEN)

    return make
