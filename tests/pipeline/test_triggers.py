"""Which fact wakes which task."""

import pytest

from teamboard.celery import app
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.pipeline import tasks
from teamboard.pipeline.triggers import rings

WAKES = [
    (facts.ProjectOpened(project=1), [("open_project", 1)]),
    (facts.StepMoved(project=1, task=2, run=3, step=4, state="ready"), [("execute_step", 4)]),
    (facts.StepMoved(project=1, task=2, run=3, step=4, state="running"), []),
    (facts.CheckRunMoved(project=1, check_run=5, tree="a", state="queued"), [("execute_check", 5)]),
    (facts.CheckRunMoved(project=1, check_run=5, tree="a", state="completed"), [("merge_tick", 1)]),
    (facts.CalibrationAsked(project=1), [("calibrate", 1)]),
    (facts.SettingsChanged(project=1, digest="d"), [("calibrate_if_new", 1), ("merge_tick", 1)]),
    (facts.PatchSetUploaded(project=1, change=6, patch_set=7), [("check_patch_set", 7)]),
    (facts.ChangesRequested(project=1, change=6, patch_set=7), [("send_feedback", 6)]),
    (facts.ChangeMoved(project=1, change=6, state="merged"), [("follow_change", 6)]),
    (facts.EntryMoved(project=1, change=6, entry=8, state="queued"), [("merge_tick", 1)]),
    (facts.TargetMoved(project=1, sha="a", by_board=True), [("merge_tick", 1)]),
    (facts.TaskChanged(project=1, task=2), [("start_free", 1)]),
    (facts.VoteCast(project=1, change=6, patch_set=7, value=2), [("merge_tick", 1)]),
    (facts.ThreadChanged(project=1, change=6, thread=9), [("merge_tick", 1)]),
    (facts.QueueFrozen(project=1, frozen=False), [("merge_tick", 1)]),
    (facts.DraftSaved(project=1, change=6), []),
]


@pytest.mark.parametrize(("fact", "expected"), WAKES, ids=lambda value: type(value).__name__)
def test_a_fact_wakes_its_tasks(fact: facts.Fact, expected: list[tuple[str, int]]) -> None:
    assert rings(Logged(1, 1, fact)) == expected


def test_every_task_that_is_rung_is_there_and_long_ones_go_to_the_agents_worker() -> None:
    names = {name for fact, _ in WAKES for name, _ in rings(Logged(1, 1, fact))}
    for name in names:
        assert callable(getattr(tasks, name))
        assert f"teamboard.pipeline.tasks.{name}" in app.tasks
    long = {task.rpartition(".")[2] for task in app.conf.task_routes}
    assert long == {"execute_step", "execute_check", "calibrate", "try_agent"}
