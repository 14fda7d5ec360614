"""The emergency stop: nothing of any agent is left, even where a worker hangs, and nothing starts until its release."""

import os
import signal
from collections.abc import Iterator

import pytest
from django.test import Client

from teamboard.lib.refusal import Refused
from teamboard.runs import actions
from teamboard.runs.models import Run
from tests import factories
from tests.faults.test_runs import PATIENCE, SWEEPER, WORKER, Launch, launch, project, repo, reviewable, running, start
from tests.pipeline.conftest import Start
from tests.waiting import until

__all__ = ["launch", "project", "repo", "start"]

STUBBORN = "test -e begun || { touch begun; trap '' TERM; setsid sleep 77.375 & sleep 77.375; }; echo 1 > one.txt"


def namespaces(words: str) -> set[str]:
    return {os.readlink(f"/proc/{pid}/ns/pid") for pid in running(words)} - {os.readlink("/proc/self/ns/pid")}


def inhabitants(namespace: str) -> Iterator[int]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/ns/pid") == namespace:
                yield int(name)
        except OSError:
            continue


def test_it_ends_all_of_a_hanging_worker_and_keeps_new_ones_from_starting(start: Start, launch: Launch) -> None:
    run = start(command=["/bin/sh", "-c", STUBBORN])
    launch(*SWEEPER)
    worker = launch(*WORKER)
    until(lambda: len(running("sleep 77.375")) >= 2 or None, seconds=PATIENCE)
    [namespace] = namespaces("sleep 77.375")
    worker.send_signal(signal.SIGSTOP)
    ada = Client(headers={"HX-Request": "true"})
    ada.force_login(factories.ada())
    told = ada.post("/halt/", {"reason": "it deletes things"}).content.decode()
    assert "All agents are stopped" in told
    until(lambda: not list(inhabitants(namespace)) or None, seconds=PATIENCE)
    worker.send_signal(signal.SIGCONT)
    run.refresh_from_db()
    assert run.state == "cancelled"
    with pytest.raises(Refused, match="it deletes things"):
        actions.resume_run(run, by=factories.ada())
    with pytest.raises(Refused, match="it deletes things"):
        start(command=["true"])

    assert "banner-halted" in ada.get(f"/p/{run.project_id}/").content.decode()
    ada.post("/halt/release/")
    assert "banner-halted" not in ada.get(f"/p/{run.project_id}/").content.decode()
    actions.resume_run(Run.objects.get(pk=run.pk), by=factories.ada())
    run = until(lambda: reviewable(run), seconds=PATIENCE)
    assert (run.state, run.failure_detail) == ("waiting", "")
