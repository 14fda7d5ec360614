"""What `doctor` looks at: each look gives findings, each finding a remedy."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from agents.sandbox import Sandbox, probe
from teamboard.board.models import Project
from teamboard.git.stores import Stores
from teamboard.ops import audit, orphans
from teamboard.ops.finding import Finding
from teamboard.ops.instance import Instance
from teamboard.runs import workers

OLDEST_GIT = (2, 39)
LITTLE_DISK = 1024**3
STALE_LOCK_SECONDS = 60


def examine() -> Iterator[Finding]:
    """Everything, in the order a person would look."""
    for look in (_git, _sandbox, _database, _queue, _processes, _disk, _projects, orphans.look, audit.look):
        yield from look()


def _git() -> Iterator[Finding]:
    try:
        said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        yield Finding("git", False, "git was not found.", "Install git 2.39 or newer.")
        return
    found = re.search(r"(\d+)\.(\d+)", said)
    new_enough = bool(found) and (int(found[1]), int(found[2])) >= OLDEST_GIT if found else False
    yield Finding("git", new_enough, said, "" if new_enough else "Install git 2.39 or newer.")


def _sandbox() -> Iterator[Finding]:
    found = probe()
    if isinstance(found, Sandbox):
        yield Finding("sandbox", True, "agents and checks run in bubblewrap")
    else:
        yield Finding("sandbox", False, found.reason, found.remedy)


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA quick_check")
                verdict = str(cursor.fetchone()[0])
                yield Finding("database", verdict == "ok", f"SQLite: {verdict}", "Restore the last backup.")
                return
    except DatabaseError as error:
        yield Finding("database", False, str(error), "Check DATABASE_URL and that the database runs.")
        return
    yield Finding("database", True, connection.vendor)


def _processes() -> Iterator[Finding]:
    """Each kind of process of a board that runs; one that does not run misses none."""
    if not Instance(settings.DATA_DIR).held:
        yield Finding("processes", True, f"no board runs on {settings.DATA_DIR}")
        return
    lost = workers.missing(workers.seen())
    for kind in workers.KINDS:
        if kind in lost:
            text = f"{kind} does not answer: {workers.WITHOUT[kind]}."
            remedy = f"Its last words are in {settings.DATA_DIR}/logs/{kind}.log; start the board again."
            yield Finding("processes", False, text, remedy)
        else:
            yield Finding("processes", True, f"{kind} is alive")


def _queue() -> Iterator[Finding]:
    if not os.environ.get("REDIS_URL") and not Instance(settings.DATA_DIR).held:
        yield Finding("queue", True, "the embedded Valkey starts with the board")
        return
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        client.ping()
        yield Finding("queue", True, "Redis answers")
    except redis.RedisError as error:
        yield Finding("queue", False, f"Redis does not answer: {error}", "Is the board up? Start it with `make up`.")
    finally:
        client.close()


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    text = f"{free / 1024**3:.1f} GiB free in {settings.DATA_DIR}"
    yield Finding("disk", free > LITTLE_DISK, text, "" if free > LITTLE_DISK else "Free some space, or move --data.")


def _projects() -> Iterator[Finding]:
    for project in Project.objects.filter(status=Project.READY):
        folder = settings.DATA_DIR / "projects" / str(project.pk)
        yield from _locks(project, folder)
        for name, store in (("base", Stores(folder).base), ("hub", Stores(folder).hub)):
            result = store.try_run("fsck", "--connectivity-only", "--no-dangling", timeout=120)
            text = f"{name} store of {project.name}: " + ("whole" if result.code == 0 else "damaged")
            yield Finding("store", result.code == 0, text, "" if result.code == 0 else "Restore the last backup.")


def _locks(project: Project, folder: Path) -> Iterator[Finding]:
    """In the board's own stores an old lock is nobody's (D3)."""
    for lock in folder.glob("*.git/**/*.lock"):
        if time.time() - lock.stat().st_mtime > STALE_LOCK_SECONDS:
            text = f"stale lock {lock.name} in a store of {project.name}"
            yield Finding("lock", False, text, "Run doctor --repair.", partial(lock.unlink, missing_ok=True))
