"""The poll thread of a worker: claims due rows without Celery, so that a dead Redis makes work slower, never wrong."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from agents import end_orphans
from teamboard.board.models import Project
from teamboard.gate.queries import projects_with_work
from teamboard.pipeline import audit, calibration, checks, disk, executor, feedback, halting, merger, projects, tryouts
from teamboard.pipeline.sandboxes import marker
from teamboard.runs.queries import due_steps
from teamboard.runs.workers import Pulse

log = logging.getLogger(__name__)

REMOTE_EVERY = 30.0


class Poller:
    """One thread that looks, and a pool in which what it finds is worked on. The rows' leases keep it from doubles."""

    def __init__(self, queues: Collection[str]) -> None:
        self.queues = set(queues)
        self._stop = threading.Event()
        self._at_work: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(settings.WIP_LIMIT + 6, thread_name_prefix="poll")
        self._looked: dict[int, float] = {}
        self._mirrored: dict[int, float] = {}
        self._pulse = Pulse(self.queues)
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)

    def start(self) -> None:
        if "agents" in self.queues:
            end_orphans(marker())
        self._thread.start()

    def stop(self, *, wait: bool = False) -> None:
        self._stop.set()
        self._thread.join(timeout=5)
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._pulse.beat()
                self.tick()
            except DatabaseError:
                log.warning("the database was busy at this poll", exc_info=True)
            except Exception:
                log.exception("a poll failed")
            finally:
                close_old_connections()
            self._stop.wait(settings.SWEEP_SECONDS)
        self._end()

    def _end(self) -> None:
        try:
            self._pulse.end()
        except DatabaseError:
            log.warning("this worker ends without saying so", exc_info=True)
        finally:
            close_old_connections()

    def tick(self) -> None:
        """Look once and hand what is due to the pool."""
        if "agents" in self.queues:
            self._agents()
        if "control" in self.queues:
            self._control()

    def _agents(self) -> None:
        if halting.enforce():
            return
        for step in due_steps():
            self._hand("step", step, executor.execute_step)
        for check in checks.due_checks():
            self._hand("check", check, checks.execute_check)
        for project in calibration.due_projects():
            self._hand("calibrate", project, calibration.calibrate)
        for agent in tryouts.due_agents():
            self._hand("tryout", agent, tryouts.try_agent)

    def _control(self) -> None:
        for project in Project.objects.filter(status=Project.OPENING):
            self._hand("open", project.pk, projects.open_project)
        for project in Project.objects.filter(status=Project.READY):
            if self._due(project):
                self._hand("follow", project.pk, projects.follow)
            if self._due_mirror(project):
                self._hand("mirror", project.pk, audit.mirror_heads)
        for pk in projects_with_work():
            self._hand("merge", pk, merger.tick)
        for pk in disk.due():
            self._hand("collect", pk, disk.collect_if_due)
        for change in feedback.unsent():
            self._hand("feedback", change, feedback.send_feedback)

    def _due(self, project: Project) -> bool:
        """A local upstream at each look, a remote one seldom."""
        pause = REMOTE_EVERY if project.upstream_kind == Project.REMOTE else 0.0
        if time.monotonic() - self._looked.get(project.pk, -REMOTE_EVERY) < pause:
            return False
        self._looked[project.pk] = time.monotonic()
        return True

    def _due_mirror(self, project: Project) -> bool:
        """After a start, then once in a while."""
        if time.monotonic() - self._mirrored.get(project.pk, -settings.MIRROR_SECONDS) < settings.MIRROR_SECONDS:
            return False
        self._mirrored[project.pk] = time.monotonic()
        return True

    def _hand(self, kind: str, pk: int, work: Callable[[int], object]) -> None:
        key = (kind, pk)
        with self._lock:
            if key in self._at_work:
                return
            self._at_work.add(key)
        self._pool.submit(self._work, key, work)

    def _work(self, key: tuple[str, int], work: Callable[[int], object]) -> None:
        try:
            work(key[1])
        except Exception:
            log.exception("%s %s failed", *key)
        finally:
            close_old_connections()
            with self._lock:
                self._at_work.discard(key)


_poller: Poller | None = None


def start(queues: Collection[str]) -> None:
    """Called by the worker when it is ready."""
    global _poller
    if _poller is None:
        _poller = Poller(queues)
        _poller.start()


def stop() -> None:
    global _poller
    if _poller is not None:
        _poller.stop()
        _poller = None
