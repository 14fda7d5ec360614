"""A backup is made while the board works, checked to the last byte, and brought back whole."""

import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from teamboard.ops import restore
from teamboard.ops.archive import ArchiveProblem
from tests.board_process import ROOT, Api, BoardProcess
from tests.gate.stage import git
from tests.journey import sample
from tests.journey.conftest import QUICK, Room

SCRIPT = """
[[step]]
write = {path = "notes.txt", content = "begun\\n"}
[[step]]
say = "I begin."
[[step]]
sleep = 120
"""


def manage(data: Path, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEAMBOARD_", "DJANGO_"))}
    argv = [sys.executable, str(ROOT / "manage.py"), *words]
    env = kept | {"TEAMBOARD_DATA": str(data)}
    return subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options)


class Kept:
    """A board that was backed up in the middle of a run, and what its API told then."""

    def __init__(self, root: Path) -> None:
        self.data, self.archive = root / "data", root / "board.backup"
        with BoardProcess(self.data, env=QUICK) as board:
            self.health = self._all_alive(board)
            self.token = board.manage("token", "ada", "--role", "architect")
            api = board.api()
            room = Room.open(api, sample.make(root / "money"))
            agent = api.post(f"projects/{room.pk}/agents", name="Sleeper", kind="scripted", script=SCRIPT)
            task = api.post(f"projects/{room.pk}/tasks", title="Sleep")
            self.change = api.post(f"projects/{room.pk}/changes", branch="feature/notes")
            self.run = api.post(f"tasks/{task['id']}/runs", agent=agent["id"])["id"]
            api.until(f"runs/{self.run}/output", lambda page: any("I begin." in one["text"] for one in page["lines"]))
            self.said = board.manage("backup", str(self.archive))
            self.running = manage(self.data, "restore", str(self.archive), "--force")
            self.doctor = self._without_agents(board)
            self.seen = {path: api.get(path) for path in self._paths(room.pk)}

    def _paths(self, project: int) -> list[str]:
        return [f"projects/{project}", f"changes/{self.change['id']}", f"projects/{project}/members"]

    @staticmethod
    def _all_alive(board: BoardProcess) -> Any:
        api = board.api()
        return api.until("health", lambda told: alive(told) == {"web", "control", "agents", "sweeper"})

    def _without_agents(self, board: BoardProcess) -> "subprocess.CompletedProcess[str]":
        """The supervisor is held still, so that what was killed stays dead while we look."""
        api = board.api()
        assert board.process
        board.process.send_signal(signal.SIGSTOP)
        try:
            os.kill(board.children()["agents"], signal.SIGKILL)
            told = api.until("health", lambda told: "agents" not in alive(told))
            assert told["status"] == "degraded"
            assert [one["state"] for one in told["workers"] if one["kind"] == "agents"] == ["gone"]
            return manage(self.data, "doctor")
        finally:
            board.process.send_signal(signal.SIGCONT)


def alive(health: Any) -> set[str]:
    return {one["kind"] for one in health["workers"] if one["state"] == "alive"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


def test_a_board_says_that_its_processes_live_and_which_one_was_killed(kept: Kept) -> None:
    for one in kept.health["workers"]:
        assert one.keys() == {"name", "kind", "since", "seen", "state"}
    assert "agents does not answer: no agent and no check is run" in kept.doctor.stdout
    assert "logs/agents.log" in kept.doctor.stdout
    assert "control is alive" in kept.doctor.stdout
    assert kept.doctor.returncode == 1


def test_it_is_the_owners_alone_and_holds_no_key(kept: Kept) -> None:
    assert kept.archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(kept.archive) as tar:
        names = tar.getnames()
    assert "board.db" in names
    assert [name for name in names if "key" in name or "tls" in name or name.endswith(("config", ".lock"))] == []
    secret = (kept.data / "secret.key").read_bytes()
    assert secret not in kept.archive.read_bytes()
    assert "It holds no keys" in kept.said


def test_a_running_board_is_not_restored_over(kept: Kept) -> None:
    assert kept.running.returncode == 1
    assert "A board already runs" in kept.running.stderr


def test_everything_is_there_in_another_folder_and_what_ran_is_taken_up(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "projects" / "1").mkdir(parents=True)
    (tmp_path / "projects" / "1" / "mine").write_text("mine")
    left = manage(tmp_path, "restore", str(kept.archive))
    assert (left.returncode, (tmp_path / "board.db").exists()) == (1, False)
    assert "holds a board already (projects)" in left.stderr
    said = manage(tmp_path, "restore", str(kept.archive), "--force")
    assert said.returncode == 0, said.stderr + said.stdout
    assert "BAD" not in said.stdout
    assert "audit chain of project 1: whole" in said.stdout
    (aside,) = tmp_path.glob("before-restore-*")
    assert (aside / "projects" / "1" / "mine").read_text() == "mine"
    assert str(aside) in said.stdout
    for store in tmp_path.glob("projects/*/*.git"):
        git(store, "fsck", "--full", "--strict")
    with BoardProcess(tmp_path, env=QUICK) as board:
        _as_it_was(kept, board)


def _as_it_was(kept: Kept, board: BoardProcess) -> None:
    api = Api(board.origin, kept.token)
    assert {path: api.get(path) for path in kept.seen} == kept.seen
    assert api.get(f"changes/{kept.change['id']}/diff")["files"]
    run = api.until(f"runs/{kept.run}", _taken_up)
    assert run["failure"] is None or run["failure"]["remedy"]
    assert any("I begin." in one["text"] for one in api.get(f"runs/{kept.run}/output")["lines"])


def _taken_up(run: Any) -> bool:
    """Another attempt is at work, or it says why there is none."""
    return bool(run["failure"]) or any(one["attempt"] > 1 and one["state"] == "running" for one in run["steps"])


# What is not a backup, or not one any more. The folder stays as it is.


def rewritten(kept: Kept, place: Path, change: Any) -> Path:
    """The archive with other members, as somebody makes it who can count."""
    with tarfile.open(kept.archive) as old, tarfile.open(place, "w") as new:
        for entry in old:
            file = old.extractfile(entry)
            assert file
            name, data = change(entry.name, file.read())
            if name:
                entry.name, entry.size = name, len(data)
                new.addfile(entry, io.BytesIO(data))
    return place


def manifest_with(**fields: Any) -> Any:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        return name, json.dumps(json.loads(data) | fields).encode() if name == "manifest.json" else data

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda name, data: (name, data[:-1] + b"!" if name == "board.db" else data), "is damaged: board.db"),
        (lambda name, data: ("" if name.endswith("log") or "objects" in name else name, data), "is damaged"),
        (lambda name, data: ("" if name == "manifest.json" else name, data), "ends too early"),
        (
            lambda name, data: ("../../evil" if name == "board.db" else name, data),
            "'../../evil', which no backup holds",
        ),
        (
            lambda name, data: ("secret.key" if name == "board.db" else name, data),
            "'secret.key', which no backup holds",
        ),
        (manifest_with(format=99), "made by another version"),
        (manifest_with(database="postgresql"), "is of a board on postgresql"),
        (manifest_with(migrations=[["runs", "9999_from_the_future"]]), "made by a newer Teamboard"),
    ],
)
def test_a_wrong_or_damaged_archive_is_refused_with_a_sentence(
    change: Any, words: str, kept: Kept, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveProblem, match=re.escape(words)):
        restore.check(rewritten(kept, tmp_path / "other.backup", change))


def test_half_an_archive_and_other_files(kept: Kept, tmp_path: Path) -> None:
    half, text, whole = tmp_path / "half", tmp_path / "text", kept.archive.read_bytes()
    text.write_text("hello " * 1000)
    for length in (len(whole) // 2, len(whole) - 20_000, 700, 0):
        half.write_bytes(whole[:length])
        with pytest.raises(ArchiveProblem, match="damaged|ends too early"):
            restore.check(half)
    with pytest.raises(ArchiveProblem, match="not a backup"):
        restore.check(text)
    with pytest.raises(ArchiveProblem, match="cannot be read: No such file"):
        restore.check(tmp_path / "nothing")
    (tmp_path / "data").mkdir()
    said = manage(tmp_path / "data", "restore", str(text))
    assert (said.returncode, "Traceback" in said.stderr) == (1, False)
    assert "is not a backup of a board" in said.stderr
    assert {found.name for found in (tmp_path / "data").iterdir()} <= {"secret.key", "instance.lock"}


def test_nothing_is_overwritten_and_a_full_disk_leaves_nothing(kept: Kept, tmp_path: Path) -> None:
    again = manage(kept.data, "backup", str(kept.archive))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    full = tmp_path / "full.backup"
    said = manage(
        kept.data, "backup", str(full), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    )
    assert said.returncode == 1
    assert "The backup could not be written" in said.stderr
    assert "Free some space" in said.stderr
    assert list(tmp_path.iterdir()) == []
