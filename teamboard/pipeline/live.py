"""The diff that grows while an agent writes: notice changed files, take a snapshot, at most once a second (D6)."""

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from django.db import connection

from teamboard.git.command import GitError
from teamboard.git.intake import BundleRefused
from teamboard.git.snapshot import REF
from teamboard.lib.lease import LeaseLost
from teamboard.pipeline import briefs, inside
from teamboard.pipeline.job import Job, StepFailed
from teamboard.reviews.storage import stores
from teamboard.runs import actions

LOOK_EVERY = 0.3
AT_MOST_EVERY = 1.0
# A big tree is looked at less often: never more than a tenth of the time goes into looking.
SHARE = 10

log = logging.getLogger(__name__)
Print = tuple[int, int]


class LiveDiff:
    """A thread that lives as long as the turn. What it misses, collect finds."""

    def __init__(self, job: Job, then: Callable[[], None] = lambda: None) -> None:
        """`then` is called after each look."""
        self._job, self._then = job, then
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="live-diff", daemon=True)

    def __enter__(self) -> "LiveDiff":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            self._loop()
        except LeaseLost:
            pass
        except Exception:
            log.exception("the live diff of run %s stopped", self._job.run.pk)
        finally:
            connection.close()

    def _loop(self) -> None:
        seen, pause = fingerprint(self._job.space.work), LOOK_EVERY
        while not self._stop.wait(pause):
            self._job.keeper.check()
            self._then()
            started = time.monotonic()
            now = fingerprint(self._job.space.work)
            took = time.monotonic() - started
            pause = max(LOOK_EVERY, took * SHARE)
            if now == seen:
                continue
            seen = now
            take_snapshot(self._job)
            pause = max(AT_MOST_EVERY, (time.monotonic() - started) * 2)


def take_snapshot(job: Job) -> str | None:
    """The new head of the live diff, recorded; None when nothing was new or the folder could not be read just now."""
    run = job.run
    who = briefs.author_of(run.agent)
    try:
        taken, bundle = inside.snapshot(run.project, job.space, base=run.base_sha, who=who)
        if not taken.bundle:
            return None
        ref = f"refs/runs/{run.pk}/live"
        job.keeper.check()
        head = stores(run.project_id).ingest(bundle, REF, ref)
    except (StepFailed, BundleRefused, GitError) as problem:
        log.info("no live snapshot of run %s: %s", run.pk, problem)
        return None
    actions.record_snapshot(job.claim, head)
    return head


def fingerprint(root: Path) -> Print:
    """Cheap and good enough: newest change and a sum over names, sizes and times. Never follows a link."""
    total, newest = 0, 0
    folders = [os.fspath(root)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.name == ".git":
                continue
            try:
                facts = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            total = (total + hash((entry.name, facts.st_size, facts.st_mtime_ns, facts.st_ino))) & 0xFFFFFFFFFFFF
            newest = max(newest, facts.st_mtime_ns)
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
    return total, newest
