"""An agent plants whatever git, a shell or a Python might run; its work lands; the board ran none of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.board_process import BoardProcess
from tests.hostile.listening import Ear, Executed
from tests.hostile.plants import HOOKS, PLANTED, script
from tests.journey import sample
from tests.journey.browsing import Browser
from tests.journey.conftest import QUICK, Room

# Names of programs that a board starts (uname: Python itself, for its platform), and of what git starts of its own.
PROGRAMS = {"git", "bwrap", "valkey-server", "uname"}
OF_GIT = {"git", "git-upload-pack", "git-receive-pack"}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canaries" / "CANARY"


@pytest.fixture
def ear(tmp_path: Path) -> Ear:
    return Ear(tmp_path)


@pytest.fixture
def board(tmp_path: Path, ear: Ear) -> Iterator[BoardProcess]:
    with BoardProcess(tmp_path / "data", env={**QUICK, **ear.env}) as process:
        yield process


def strange(found: list[Executed], data: Path, ear: Ear) -> list[Executed]:
    """Programs that are not on the list, or that lie where an agent can write."""
    # Its own, and the one that sandboxes are shown, which is asked where it lies.
    pythons = {os.path.realpath(sys.executable), os.path.realpath(shutil.which("python3") or "")}

    def ours(one: Executed) -> bool:
        if Path(one.program).is_relative_to(data):
            return False
        known = one.program in pythons or Path(one.program).name in PROGRAMS
        return one.how == "subprocess.Popen" and known and Path(one.program).is_absolute()

    return [one for one in found if not ours(one)]


def run_by_git(found: list[Executed]) -> list[Executed]:
    return [one for one in found if one.how == "hook" or one.program.split()[0].split("/")[-1] not in OF_GIT]


def left(canary: Path) -> list[str]:
    return sorted(path.name for path in canary.parent.glob("*"))


def landed(room: Room, canary: Path) -> dict[str, Any]:
    run = room.run("/bin/sh", "-c", script(str(canary)))
    assert run["state"] == "waiting", (run["failure"], room.api.get(f"runs/{run['id']}/output"))
    change = room.api.until(f"changes/{run['change']}", lambda c: c["patch_sets"])
    entry = room.approve(change)["queue_entry"]
    assert entry, change
    assert room.entry(entry["id"], "merged", "held", "returned")["state"] == "merged"
    return run


def test_the_board_runs_nothing_that_an_agent_planted(
    board: BoardProcess, ear: Ear, canary: Path, tmp_path: Path
) -> None:
    canary.parent.mkdir()
    room = Room.open(board.api(), sample.make(tmp_path / "user" / "money"))
    room.settle(["python3", "-m", "unittest", "-q", "test_money"])
    run = landed(room, canary)
    browser = Browser(board.origin)
    browser.sign_in(board.manage("signin", "ada"))
    for path in (f"/runs/{run['id']}/", f"/changes/{run['change']}/", f"/p/{room.pk}/branches/", f"/p/{room.pk}/"):
        browser.get(path)
    assert (room.repo / "included").is_file()
    board.manage("doctor")
    assert left(canary) == []
    assert strange(ear.by_python(), board.data, ear) == []
    assert run_by_git(ear.by_git()) == []
    # The log did hear: the board's processes, its sandboxes, its git, and git's own helpers.
    names = {Path(one.program).name for one in ear.by_python()}
    assert {"git", "bwrap", "valkey-server"} <= names
    assert ear.commands() > 50
    assert ear.by_git() != []


def test_what_is_planted_is_alive(canary: Path, tmp_path: Path) -> None:
    """The same script where nobody is careful: plain git, in that clone."""
    canary.parent.mkdir()
    repo, clone = sample.make(tmp_path / "money"), tmp_path / "clone"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_PAGER_IN_USE": "1"}
    who = {f"GIT_{role}_{what}": "eve@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def at(*argv: str) -> None:
        subprocess.run(argv, cwd=clone, env={**env, **who}, capture_output=True, check=False)

    subprocess.run(["git", "clone", "-q", "--shared", str(repo), str(clone)], env=env, check=True)
    at("/bin/sh", "-c", script(str(canary)))
    (clone / "money.py").write_text("changed = True\n")
    for argv in (["diff"], ["status"], ["commit", "-qam", "x"], ["checkout", "-q", "HEAD~1"], ["fetch", "evil"]):
        at("git", *argv)
    at(sys.executable, "-c", "import conftest, sitecustomize")
    at("./git", "status")
    fired = left(canary)
    assert len(fired) >= 10, fired
    for name in ("hook-pre-commit", "hook-reference-transaction", "config-core-fsmonitor", "config-filter-evil-clean"):
        assert f"CANARY-{name}" in fired
    assert len(HOOKS) + 40 < PLANTED


def test_a_program_of_an_agent_in_the_log_is_seen(tmp_path: Path, ear: Ear) -> None:
    data = tmp_path / "data"
    inside = data / "runs" / "1" / "work" / "git"
    inside.parent.mkdir(parents=True)
    shutil.copy("/bin/true", inside)
    env = {**os.environ, **ear.env, "TEAMBOARD_DATA": str(data)}
    (inside.parent / "evil.py").write_text("x = 1\n")
    program = f"import subprocess; subprocess.run(['./git'], cwd={str(inside.parent)!r}); import evil"
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(inside.parent)!r}); {program}"],
        env=env,
        check=True,
    )
    assert [one.how for one in strange(ear.by_python(), data, ear)] == ["subprocess.Popen", "import"]
    # And git's own trace tells of a hook.
    repo = sample.make(tmp_path / "repo")
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntrue\n")
    hook.chmod(0o755)
    subprocess.run([ear.bin / "git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=repo, env=env, check=True)
    assert [one.how for one in run_by_git(ear.by_git())] == ["hook"]
