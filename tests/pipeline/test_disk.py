"""What goes from the disk goes by rule: never a ref, never what is only there; and what was collected can go on."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from teamboard.board.actions import accept_settings, ask_collection
from teamboard.board.models import DiskUse, Project
from teamboard.parts import disk as panel
from teamboard.pipeline import disk, environment
from teamboard.pipeline.workspaces import of_check, of_run
from teamboard.reviews.models import CheckRun
from teamboard.reviews.storage import stores
from teamboard.runs.actions import cancel_run, resume_run
from teamboard.runs.journal import Journal
from teamboard.runs.models import Run
from tests import factories
from tests.pipeline.conftest import CHECKS, Start, drive

FAILS = """
[[step]]
write = {path = "one.txt", content = "one"}
[[step]]
commit = "Write one"
[[step]]
write = {path = "two.txt", content = "two"}
[[step]]
crash = 3
"""


def ended_long_ago(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=15))


def folders(run: Run) -> set[str]:
    return {entry.name for entry in of_run(run.pk).root.iterdir() if entry.is_dir()}


def test_folders_of_an_ended_run_go_once_all_of_it_is_in_the_hub_and_it_can_go_on(
    project: Project, start: Start
) -> None:
    run = drive(start(FAILS))
    (of_run(run.pk).work / "three.txt").write_text("nobody took a snapshot of this")
    refs = stores(project.pk).refs("refs/runs/")
    disk.collect(project.pk)
    assert "work" in folders(run)  # it ended just now
    ended_long_ago(run)
    disk.collect(project.pk)
    assert folders(run) == set()
    assert Journal(run.pk).end() > 0
    there = stores(project.pk)
    assert refs.items() <= there.refs("refs/runs/").items()
    last = run.checkpoints.last()
    assert last is not None
    assert {"one.txt", "two.txt", "three.txt"} <= {entry.path for entry in there.files(last.ref)}
    assert [commit.subject for commit in there.commits(run.base_sha, f"refs/runs/{run.pk}/last")][1:] == ["Write one"]

    run.agent.script = '[[step]]\nrun = "cat one.txt two.txt three.txt > four.txt"\n'
    run.agent.save()
    run = drive(resume_run(run, by=factories.ada()))
    assert (run.waiting_for, run.failure_detail) == ("review", "")
    ended_long_ago(run)
    disk.collect(project.pk)
    assert "work" in folders(run)  # it waits for a review


def test_what_cannot_be_brought_into_the_hub_stays(project: Project, start: Start) -> None:
    run = drive(start(FAILS))
    with (of_run(run.pk).work / "big.bin").open("wb") as file:
        file.truncate(30_000_000)
    cancelled = factories.run(run.task, state="cancelled", base_sha="")
    of_run(cancelled.pk).make()
    for one in (run, cancelled):
        ended_long_ago(one)
    disk.collect(project.pk)
    assert "work" in folders(run)
    assert folders(cancelled) == set()


def test_layers_that_nobody_uses_go_and_the_current_one_and_that_of_a_live_run_stay(
    project: Project, start: Start, settings: Any
) -> None:
    def define(word: str) -> Path:
        body = {"setup": {"command": ["/bin/sh", "-c", f"echo {word} > made"]}, "checks": CHECKS}
        accept_settings(project, body=body, by=factories.ada())
        layer = environment.layer(project, body, project.head_sha)
        assert layer is not None
        os.utime(layer.parents[1], (0, 0))
        return layer

    old = define("old")
    live = define("live")
    run = drive(start(command=["/bin/sh", "-c", "cat made > one.txt"]))
    os.utime(live.parents[1], (0, 0))
    current = define("current")
    disk.collect(project.pk)
    assert [layer.is_dir() for layer in (old, live, current)] == [False, True, True]
    cancel_run(run, by=factories.ada())
    disk.collect(project.pk)
    assert [layer.is_dir() for layer in (live, current)] == [False, True]
    assert define("old").is_dir()  # made anew where it is wanted again


def test_the_oldest_logs_go_beyond_a_total_but_none_of_work_under_review(project: Project, settings: Any) -> None:
    settings.KEEP_LOG_BYTES = 150_000
    shown = factories.patch_set(factories.change(project))
    kept = factories.check_run(shown, state="completed")
    merged = factories.patch_set(factories.change(project, state="merged"))
    old, new = (factories.check_run(merged, state="completed", number=number) for number in (1, 2))
    for check in (kept, old, new):
        of_check(check.pk).make()
        (of_check(check.pk).root / "log").write_bytes(b"x" * 100_000)
    disk.collect(project.pk)
    there = {check.pk for check in CheckRun.objects.all() if (of_check(check.pk).root / "log").exists()}
    assert there == {kept.pk, new.pk}


def test_use_is_measured_shown_and_collected_when_asked(project: Project) -> None:
    assert project.pk in disk.due()
    disk.collect_if_due(project.pk)
    row = DiskUse.objects.get()
    assert row.uses["stores"] > 1000
    assert disk.due() == []
    assert "Collect now" in panel.panel(project)
    ask_collection(project, by=factories.ada())
    assert disk.due() == [project.pk]
    assert "being collected" in panel.panel(project)
    disk.collect_if_due(project.pk)
    assert disk.due() == []
