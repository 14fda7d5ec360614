"""A worker is killed in the middle of a run: the run goes on, with one patch set and nothing left running.

The workers here never reach a broker: what they do, they do by their poll threads, as with a dead Redis.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from teamboard.reviews.models import Change, CheckRun, PatchSet
from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.models import Question, Run
from tests import factories
from tests.pipeline.conftest import Start, project, repo, start
from tests.waiting import until

__all__ = ["project", "repo", "start"]

Launch = Callable[..., "subprocess.Popen[bytes]"]


def database_url() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    return f"postgresql://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start the board's own processes on the test's database; whatever is left is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def go(*argv: str, **more: str) -> "subprocess.Popen[bytes]":
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "teamboard.settings",
            "TEAMBOARD_DATA": str(settings.DATA_DIR),
            "DATABASE_URL": database_url(),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "TEAMBOARD_LEASE_SECONDS": "3",
            **more,
        }
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            started.append(subprocess.Popen([sys.executable, *argv], env=env, stdout=log, stderr=log))
        return started[-1]

    yield go
    for process in started:
        process.kill()
        process.wait()


WORKER = ("-m", "celery", "-A", "teamboard.celery", "worker", "-Q", "agents", "-P", "threads", "-c", "4", "-l", "INFO")
SWEEPER = ("-m", "django", "sweeper")
# Several processes start here, one after the other, while the other test worker may do the same.
PATIENCE = 150


def finished(run: Run) -> Run | None:
    run.refresh_from_db()
    return run if run.state not in ("queued", "running") else None


def running(words: str) -> list[int]:
    """Processes whose command line has these words."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path("/proc", name, "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        if words.encode() in line and int(name) != os.getpid():
            found.append(int(name))
    return found


def assert_done_once(run: Run) -> None:
    assert (run.state, run.waiting_for, run.failure_detail) == ("waiting", "review", "")
    change = Change.objects.get()
    assert change.patch_sets.count() == 1
    assert CheckRun.objects.get().conclusion == "success"
    assert run.steps.filter(kind="propose", state="succeeded").count() == 1


def test_a_run_survives_the_sigkill_of_its_worker(start: Start, launch: Launch) -> None:
    agent = "test -e begun || { echo begun; touch begun; sleep 77.125; }; echo 1 > one.txt"
    run = start(command=["/bin/sh", "-c", agent])
    launch(*SWEEPER)
    worker = launch(*WORKER)
    until(lambda: running("sleep 77.125"), seconds=PATIENCE)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    died = timezone.now()
    launch(*WORKER)
    run = until(lambda: finished(run), seconds=PATIENCE)
    assert_done_once(run)
    again = run.steps.get(kind="work")
    assert again.attempt == 2
    assert again.started_at
    assert (again.started_at - died).total_seconds() < 35
    assert running("sleep 77.125") == []


LABELS = ("step_claimed", "work_finished", "collect_bundled", "proposed", "step_before_result", "step_after_result")


@pytest.mark.parametrize("label", LABELS)
def test_a_worker_that_dies_at_a_labelled_point_leaves_a_run_that_goes_on(
    label: str, start: Start, launch: Launch
) -> None:
    run = start(command=["/bin/sh", "-c", "echo 1 > one.txt"])
    launch(*SWEEPER)
    doomed = launch(*WORKER, TEAMBOARD_KILL_AT=label)
    assert doomed.wait(timeout=PATIENCE) == -signal.SIGKILL
    launch(*WORKER)
    assert_done_once(until(lambda: finished(run), seconds=PATIENCE))


def test_a_worker_that_stood_still_for_longer_than_its_lease_writes_nothing_more(start: Start, launch: Launch) -> None:
    agent = "test -e begun || { touch begun; sleep 78.125; }; echo 1 > one.txt"
    run = start(command=["/bin/sh", "-c", agent])
    frozen = launch(*WORKER)
    until(lambda: running("sleep 78.125"), seconds=PATIENCE)
    frozen.send_signal(signal.SIGSTOP)
    launch(*SWEEPER)
    launch(*WORKER)
    run = until(lambda: finished(run), seconds=PATIENCE)
    assert_done_once(run)
    frozen.send_signal(signal.SIGCONT)
    until(lambda: not running("sleep 78.125"), seconds=PATIENCE)  # it notices, and ends what it had started
    run.refresh_from_db()
    assert_done_once(run)
    assert run.steps.get(kind="work").attempt == 2


def test_a_run_whose_worker_dies_again_and_again_is_given_up_with_a_remedy(start: Start, launch: Launch) -> None:
    run = start(command=["/bin/sh", "-c", "echo 1 > one.txt"])
    launch(*SWEEPER)
    for _ in range(3):
        assert launch(*WORKER, TEAMBOARD_KILL_AT="step_claimed").wait(timeout=PATIENCE) == -signal.SIGKILL
    run = until(lambda: finished(run), seconds=PATIENCE)
    assert (run.state, run.failure_code) == ("failed", "exhausted")
    assert not Change.objects.exists()


ASKS = """
[[step]]
write = {path = "begun.txt", content = "1"}
[[step]]
run = "(setsid sleep 77.25 >/dev/null 2>&1 &)"
[[step]]
ask = "Which way?"
[[step]]
write = {path = "answer.txt", content = "{answer}"}
"""


def test_a_run_that_waits_for_an_answer_survives_the_sigkill_of_its_worker(start: Start, launch: Launch) -> None:
    run = start(ASKS)
    launch(*SWEEPER)
    worker = launch(*WORKER)
    question = until(lambda: Question.objects.filter(run=run).first(), seconds=PATIENCE)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    # Nobody starts the agent again only to be asked the same.
    until(lambda: Run.objects.filter(pk=run.pk, parked_at__isnull=False).exists() or None, seconds=PATIENCE)
    assert running("sleep 77.25") == []
    assert run.steps.get(kind="work").attempt == 1
    launch(*WORKER)
    actions.answer(question, "left", by=factories.ada())
    run = until(lambda: reviewable(run), seconds=PATIENCE)
    assert_done_once(run)
    assert stores(run.project_id).blob(PatchSet.objects.get().head_sha, "answer.txt") == b"left"


def reviewable(run: Run) -> Run | None:
    run.refresh_from_db()
    return run if run.waiting_for == "review" or run.state == "failed" else None
