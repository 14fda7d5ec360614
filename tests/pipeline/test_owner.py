"""A lease's owner is dead only when we know it."""

import subprocess
import sys

import pytest
from django.db import transaction

from teamboard.git.command import Git
from teamboard.lib.owner import is_dead, own_name
from teamboard.pipeline import poller, sweeper
from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.models import Run
from tests.pipeline.conftest import Start
from tests.waiting import until


def test_this_process_lives_and_strangers_are_not_judged() -> None:
    assert is_dead(own_name()) is False
    assert is_dead("another-machine/1/1") is False
    assert is_dead("odd") is False


def dead_owner() -> str:
    code = "from teamboard.lib.owner import own_name; print(own_name())"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_a_process_that_ended_is_dead() -> None:
    assert is_dead(dead_owner()) is True


def test_the_sweep_frees_what_a_dead_worker_held_without_waiting_for_its_lease(start: Start) -> None:
    step = start("").steps.get()
    assert actions.claim_step(step.pk, dead_owner())
    sweeper.sweep()
    step.refresh_from_db()
    assert step.state == "ready"


@pytest.mark.django_db(transaction=True)
def test_git_inside_a_transaction_is_refused(start: Start) -> None:
    hub: Git = stores(start("").project_id).hub
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a database transaction"):
        hub.run("rev-parse", "HEAD")


def test_a_worker_finds_due_work_by_itself(start: Start) -> None:
    script = '[[step]]\nwrite = {path = "a.txt", content = "1"}\n'
    run = start(script)
    worker = poller.Poller({"agents", "control"})
    worker.start()
    try:
        assert until(lambda: Run.objects.filter(pk=run.pk, waiting_for="review").first(), seconds=60)
    finally:
        worker.stop(wait=True)
