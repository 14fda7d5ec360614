"""Which fact wakes which task: one match. Ringing happens in a thread of its own, for no request waits for Redis."""

import logging
import os
import queue
import threading
import time

from teamboard.celery import app
from teamboard.events.bus import Logged
from teamboard.events.catalogue import (
    AgentsHalted,
    CalibrationAsked,
    ChangeMoved,
    ChangesRequested,
    CheckRunMoved,
    DiskChanged,
    EntryMoved,
    PatchSetUploaded,
    ProjectOpened,
    QueueFrozen,
    SettingsChanged,
    StepMoved,
    TargetMoved,
    TaskChanged,
    ThreadChanged,
    TryoutMoved,
    VoteCast,
)

log = logging.getLogger(__name__)
Ring = tuple[str, int]
QUIET_SECONDS = 30.0


def wake(logged: Logged) -> None:
    for name, pk in rings(logged):
        ring(name, pk)


def rings(logged: Logged) -> list[Ring]:
    """The tasks that a fact wakes, with their one id."""
    match logged.fact:
        case ProjectOpened(project=project):
            return [("open_project", project)]
        case StepMoved(step=step, state="ready"):
            return [("execute_step", step)]
        case CheckRunMoved(check_run=check, state="queued"):
            return [("execute_check", check)]
        case CheckRunMoved(project=project, state="completed"):
            return [("merge_tick", project)]
        case PatchSetUploaded(patch_set=patch_set):
            return [("check_patch_set", patch_set)]
        case CalibrationAsked(project=project):
            return [("calibrate", project)]
        case TryoutMoved(agent=agent, running=True):
            return [("try_agent", agent)]
        case SettingsChanged(project=project):
            return [("calibrate_if_new", project), ("merge_tick", project)]
        case DiskChanged(project=project):
            return [("collect_disk", project)]
        case ChangesRequested(change=change):
            return [("send_feedback", change)]
        case ChangeMoved(change=change):
            return [("follow_change", change)]
        case TaskChanged(project=project) | AgentsHalted(project=project, halted=False) if project:
            return [("start_free", project)]
        case EntryMoved(project=project) | QueueFrozen(project=project) | TargetMoved(project=project):
            return [("merge_tick", project)]
        case VoteCast(project=project) | ThreadChanged(project=project):  # may be the last that an approval waited for
            return [("merge_tick", project)]
    return []


class Ringer:
    """One thread and one bounded queue for one process. What is dropped, the poll threads find."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._queue: queue.Queue[Ring] = queue.Queue(10_000)
        self._quiet_until = 0.0
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def put(self, name: str, pk: int) -> None:
        try:
            self._queue.put_nowait((name, pk))
        except queue.Full:
            log.warning("the doorbell's queue is full; the poll threads will find %s %s", name, pk)

    def _run(self) -> None:
        while True:
            name, pk = self._queue.get()
            if time.monotonic() < self._quiet_until:
                continue
            try:
                self._send(name, pk)
            except Exception as problem:  # the outermost line of this thread; the rows are the truth
                self._quiet_until = time.monotonic() + QUIET_SECONDS
                log.warning("the workers cannot be rung, their poll threads take over: %s", problem)

    def _send(self, name: str, pk: int) -> None:
        app.send_task(f"teamboard.pipeline.tasks.{name}", (pk,))


_ringer: Ringer | None = None


def ring(name: str, pk: int) -> None:
    """A process that was forked needs a thread of its own."""
    global _ringer
    if _ringer is None or _ringer.pid != os.getpid():
        _ringer = Ringer()
    _ringer.put(name, pk)
