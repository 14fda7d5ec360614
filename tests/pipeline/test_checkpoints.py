"""Work is kept under refs of its own while it grows, and another run can go on from any of them."""

from typing import Any

from teamboard.parts import checkpoints as panel
from teamboard.pipeline import checkpoints
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.models import Checkpoint, Run
from tests import factories
from tests.pipeline.conftest import Start, drive
from tests.pipeline.test_rounds import in_thread
from tests.waiting import until

GROWS = """
[[step]]
write = {path = "one.txt", content = "one"}
[[step]]
sleep = 2.5
[[step]]
write = {path = "two.txt", content = "two"}
[[step]]
sleep = 60
"""
FAILS = """
[[step]]
write = {path = "one.txt", content = "one"}
[[step]]
crash = 3
"""


def files(run: Run, head: str) -> set[str]:
    return {entry.path for entry in stores(run.project_id).files(head)} - {"sums.py", "test_sums.py"}


def kept_with(run: Run, name: str) -> Checkpoint | None:
    return next((row for row in run.checkpoints.all() if name in files(run, row.head_sha)), None)


def test_a_running_agent_leaves_checkpoints_that_a_stop_does_not_take_away(start: Start, settings: Any) -> None:
    settings.CHECKPOINT_SECONDS = 0.2
    run = start(GROWS)
    worker = in_thread(run)
    first = until(lambda: kept_with(run, "one.txt"), 30)
    settings.CHECKPOINT_SECONDS = 600
    until(lambda: "two.txt" in files(run, Run.objects.get(pk=run.pk).live_head) or None, 30)
    actions.cancel_run(run, by=factories.ada())
    worker.join(30)
    checkpoints.keep_last_of_ended()
    checkpoints.keep_last_of_ended()
    *_, last = rows = list(run.checkpoints.all())
    assert files(run, first.head_sha) == {"one.txt"}
    assert (last.reason, files(run, last.head_sha)) == ("end", {"one.txt", "two.txt"})
    assert {row.ref: row.head_sha for row in rows} == stores(run.project_id).refs(f"refs/runs/{run.pk}/checkpoints/")
    shown = panel.panel(run)
    assert all(f'data-url="/checkpoints/{row.pk}/continue/"' in shown for row in rows)


def test_another_run_goes_on_from_a_checkpoint_of_a_failed_one(start: Start) -> None:
    failed = drive(start(FAILS))
    assert failed.state == "failed"
    kept = failed.checkpoints.get()
    failed.agent.script = '[[step]]\nrun = "test -e one.txt && git log --oneline > two.txt"\n'
    failed.agent.save()
    run = actions.start_run(failed.task, by=factories.ada(), checkpoint=kept)
    run = drive(run)
    assert (run.waiting_for, run.failure_detail) == ("review", "")
    assert run.base_sha == failed.base_sha
    head = PatchSet.objects.get().head_sha
    assert files(run, head) == {"one.txt", "two.txt"}
    assert b"Work up to checkpoint 1 of run 1" in (stores(run.project_id).blob(head, "two.txt") or b"")


def test_a_clone_that_is_gone_is_made_again_from_the_newest_checkpoint(start: Start) -> None:
    script = (
        '[[step]]\nwrite = {path = "one.txt", content = "one"}\n[[step]]\nrun = "rm -rf .git"\n[[step]]\ncrash = 3\n'
    )
    run = drive(start(script))
    assert run.state == "failed"
    run.agent.script = '[[step]]\nrun = "test -e one.txt && echo 2 > two.txt"\n'
    run.agent.save()
    run = drive(actions.resume_run(run, by=factories.ada()))
    assert (run.waiting_for, run.failure_detail) == ("review", "")
    assert files(run, Change.objects.get().patch_sets.get().head_sha) == {"one.txt", "two.txt"}
