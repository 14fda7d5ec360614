"""Undo of what somebody merged past the queue takes back that change, and only that."""

from pathlib import Path
from typing import Any

import pytest

from teamboard.gate import actions as gate
from teamboard.lib.refusal import Refused
from teamboard.reviews.models import Change
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)
THREE = LINES.replace("line 3\n", "three\n")


@pytest.fixture
def stage(tmp_path: Path, settings: Any) -> Stage:
    settings.DATA_DIR = tmp_path / "data"
    return Stage(tmp_path)


def merged_by_hand(stage: Stage, change: Change, *argv: str) -> Change:
    """Approved, merged in the user's own repository before the board could, then seen by it."""
    assert stage.approve(change).entry is not None
    git(stage.work, "merge", "-q", *argv, change.branch)
    return change


def seen(stage: Stage, change: Change) -> Change:
    stage.tick()
    change.refresh_from_db()
    assert (change.state, change.entries.get().reason["code"]) == ("merged", "merged_by_hand")
    return change


def undone(stage: Stage, change: Change) -> str:
    stage.land(gate.undo(change, by=factories.ada()))
    return git(stage.repo, "show", "main:app.txt") + "\n"


def test_commits_that_came_after_it_stay(stage):
    change = merged_by_hand(stage, stage.branch("feature", {"app.txt": THREE, "b.txt": "b\n"}), "--no-ff")
    stage.commit({"later.txt": "later\n", "app.txt": THREE.replace("line 29\n", "twenty-nine\n")}, "Later, by hand")
    assert undone(stage, seen(stage, change)) == LINES.replace("line 29\n", "twenty-nine\n")
    assert git(stage.repo, "ls-tree", "--name-only", "main").split() == ["app.txt", "later.txt", "notes"]


def test_all_commits_of_a_fast_forward_go(stage):
    git(stage.work, "checkout", "-q", "-b", "two")
    stage.commit({"first.txt": "1\n"}, "First")
    change = merged_by_hand(stage, stage.branch("two", {"app.txt": THREE}, start="two"), "--ff-only")
    assert undone(stage, seen(stage, change)) == LINES
    assert git(stage.repo, "ls-tree", "--name-only", "main").split() == ["app.txt", "notes"]


def test_what_cannot_be_taken_out_is_refused_and_named(stage):
    change = merged_by_hand(stage, stage.branch("feature", {"app.txt": THREE}), "--no-ff")
    stage.commit({"app.txt": THREE.replace("three\n", "drei\n")}, "Over it")
    with pytest.raises(Refused) as refused:
        gate.undo(seen(stage, change), by=factories.ada())
    assert (refused.value.code, refused.value.details) == ("undo_conflict", {"files": ["app.txt"]})
    assert Change.objects.count() == 1


def test_what_was_taken_back_by_hand_already_is_said(stage):
    change = merged_by_hand(stage, stage.branch("feature", {"app.txt": THREE}), "--ff-only")
    git(stage.work, "revert", "--no-edit", "HEAD")
    with pytest.raises(Refused) as refused:
        gate.undo(seen(stage, change), by=factories.ada())
    assert refused.value.code == "nothing_to_undo"
