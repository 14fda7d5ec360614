"""SIGKILL at each step of a landing: merged once or not at all, and the user's files right (I-13 to I-19)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gate.stage import LINES, git

ROOT = Path(__file__).resolve().parents[2]
LABELS = [
    "candidate_built",
    "candidate_recorded",
    "before_intent",
    "after_intent",
    "after_objects",
    "after_ref",
    "before_sync",
    "sync_locked",
    "sync_file_removed",
    "sync_file_written",
    "sync_files_done",
    "sync_index_done",
    "after_sync",
    "before_finish",
    "after_finish",
]
NOT_YET_MOVED = {"candidate_built", "candidate_recorded", "before_intent", "after_intent", "after_objects"}


class Theatre:
    """A prepared board and repository, put back to the same place before each test."""

    def __init__(self, root: Path, child: str = "landing_child") -> None:
        self.module = f"tests.faults.{child}"
        self.stage, self.kept = root / "stage", root / "kept"
        self.stage.mkdir()
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "teamboard.settings",
            "TEAMBOARD_DATA": str(self.stage / "data"),
            "PYTHONPATH": str(ROOT),
        }
        self.env.pop("DATABASE_URL", None)
        made = self.child("prepare", str(self.stage))
        self.project, self.before = str(made["project"]), made["before"]
        shutil.copytree(self.stage, self.kept, symlinks=True)

    def reset(self) -> "Theatre":
        shutil.rmtree(self.stage)
        shutil.copytree(self.kept, self.stage, symlinks=True)
        return self

    def run(self, *argv: str, kill_at: str = "") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", self.module, *argv]
        env = {**self.env, "TEAMBOARD_KILL_AT": kill_at}
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)

    def child(self, *argv: str) -> dict[str, object]:
        done = self.run(*argv)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def kill(self, label: str, deed: str = "tick") -> None:
        done = self.run(deed, self.project, kill_at=label)
        assert done.returncode == -9, f"{label} was not reached: {done.stdout}{done.stderr}"

    @property
    def work(self) -> Path:
        return self.stage / "work"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return Theatre(tmp_path_factory.mktemp("landing"))


@pytest.fixture
def theatre(prepared):
    return prepared.reset()


def assert_landed_once(theatre: Theatre, told: dict[str, object]) -> None:
    assert (told["entry"], told["change"], told["intents"]) == ("merged", "merged", 0)
    head = git(theatre.work, "rev-parse", "refs/heads/main")
    assert head == told["head"] == told["merged_sha"] == told["candidate"]
    assert git(theatre.work, "rev-list", "--count", "--first-parent", f"{theatre.before}..main") == "1"
    assert (told["broken_link"], told["merged_facts"]) == (None, 1)


def assert_clean_tree(theatre: Theatre) -> None:
    assert git(theatre.work, "status", "--porcelain") == ""
    assert (theatre.work / "app.txt").read_text() == LINES.replace("line 3\n", "three\n")
    assert (theatre.work / "new/b.txt").read_text() == "b\n"
    assert not (theatre.work / "notes").exists()
    git(theatre.work, "fsck", "--strict", "--no-dangling")
    left = [
        path.name for path in (theatre.work / ".git").iterdir() if "teamboard" in path.name or path.suffix == ".lock"
    ]
    assert left == []


@pytest.mark.parametrize("label", LABELS)
def test_a_kill_at_any_step_is_rolled_forward_to_one_merge(theatre, label):
    theatre.kill(label)
    moved = git(theatre.work, "rev-parse", "refs/heads/main") != theatre.before
    assert moved is (label not in NOT_YET_MOVED)
    assert_landed_once(theatre, theatre.child("tick", theatre.project))
    assert_clean_tree(theatre)
    assert_landed_once(theatre, theatre.child("tick", theatre.project))


def test_what_the_user_changes_after_a_kill_is_left_and_named(theatre):
    theatre.kill("before_sync")
    (theatre.work / "app.txt").write_text("mine\n")
    told = theatre.child("tick", theatre.project)
    assert_landed_once(theatre, told)
    assert (told["reason"]["code"], told["reason"]["files"]) == ("files_left", ["app.txt"])
    assert (theatre.work / "app.txt").read_text() == "mine\n"
    assert (theatre.work / "new/b.txt").read_text() == "b\n"


def test_a_file_put_in_the_way_after_the_intent_holds_and_nothing_moves(theatre):
    theatre.kill("after_intent")
    (theatre.work / "new").mkdir()
    (theatre.work / "new/b.txt").write_text("mine\n")
    told = theatre.child("tick", theatre.project)
    assert (told["entry"], told["reason"]["files"], told["intents"]) == ("held", ["new/b.txt"], 0)
    assert git(theatre.work, "rev-parse", "main") == theatre.before
    shutil.rmtree(theatre.work / "new")
    assert_landed_once(theatre, theatre.child("tick", theatre.project))
    assert_clean_tree(theatre)


def test_a_commit_by_hand_after_the_intent_is_never_overwritten(theatre):
    theatre.kill("after_objects")
    (theatre.work / "hand.txt").write_text("hand\n")
    git(theatre.work, "add", "hand.txt")
    git(theatre.work, "commit", "-q", "-m", "By hand")
    byhand = git(theatre.work, "rev-parse", "main")
    told = theatre.child("tick", theatre.project)
    assert (told["entry"], told["intents"]) == ("testing", 0)
    assert git(theatre.work, "rev-parse", "main") == byhand


def test_a_commit_by_hand_on_top_of_a_half_finished_landing_still_finishes_it(theatre):
    theatre.kill("after_sync")
    git(theatre.work, "commit", "-q", "--allow-empty", "-m", "On top")
    told = theatre.child("tick", theatre.project)
    assert (told["entry"], told["change"], told["intents"]) == ("merged", "merged", 0)
    assert git(theatre.work, "rev-parse", "main^") == told["merged_sha"]
    assert told["head"] == git(theatre.work, "rev-parse", "main")


def test_a_kill_during_the_recovery_is_recovered_too(theatre):
    for label in ("after_intent", "after_ref", "sync_file_written", "before_finish"):
        theatre.kill(label)
    assert_landed_once(theatre, theatre.child("tick", theatre.project))
    assert_clean_tree(theatre)


def test_two_mergers_at_once_land_it_once(theatre):
    command = [sys.executable, "-m", "tests.faults.landing_child", "tick", theatre.project]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=theatre.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert_landed_once(theatre, theatre.child("report", theatre.project))
    assert_clean_tree(theatre)
