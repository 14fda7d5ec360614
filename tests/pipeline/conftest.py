"""A real repository, opened as a project, with runs driven without Celery."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from teamboard.board.actions import accept_settings, grant, register_project
from teamboard.board.models import Agent, Project, Task
from teamboard.pipeline import executor, projects
from teamboard.runs.actions import start_run
from teamboard.runs.models import Run
from teamboard.runs.queries import due_steps
from tests import factories

GIT_ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada Ferrante",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Ferrante",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}

ADD = "def add(a, b):\n    return a + b\n"
TESTS = """import unittest

import sums


class Sums(unittest.TestCase):
    def test_two_and_two(self):
        self.assertEqual(sums.add(2, 2), 4)
"""
CHECKS = {"tests": {"command": ["python3", "-m", "unittest", "-v"]}}


class Repo:
    """The user's own repository, with a work tree."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *argv: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.path), *argv], env=GIT_ENV, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, message: str, **files: str) -> str:
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_py", ".py"), text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    path = tmp_path / "upstream"
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q", "-b", "main")
    made.commit("Add sums", sums_py=ADD, test_sums_py=TESTS)
    return made


@pytest.fixture
def project(repo: Repo, transactional_db: None) -> Project:
    """Opened, with one required check."""
    grant(by=factories.ada(), kind="toolchain", value="python")
    made = register_project(by=factories.ada(), location=str(repo.path))
    projects.open_project(made.pk)
    made.refresh_from_db()
    assert made.status == Project.READY, made.problem
    accept_settings(made, body={"checks": CHECKS}, by=factories.ada())
    return made


Start = Callable[..., Run]


@pytest.fixture
def start(project: Project) -> Start:
    """Start a run of a new task with a scripted agent, or any other."""

    def go(script: str = "", *, command: list[str] | None = None, limits: dict[str, float] | None = None) -> Run:
        kind = {"kind": "command", "command": command} if command else {"kind": "scripted", "script": script}
        agent = factories.agent(project, limits=limits or {}, **kind)
        task = factories.task(project, title="Subtract too", body="Add `sub`.")
        return start_run(task, agent, by=factories.ada())

    return go


def drive(run: Run) -> Run:
    """Execute what is due until nothing is, as a worker would."""
    while mine := [pk for pk in due_steps() if run.steps.filter(pk=pk).exists()]:
        executor.execute_step(mine[0])
    run.refresh_from_db()
    return run


__all__ = ["Agent", "Repo", "Start", "Task", "drive"]
