"""Which processes of the board live: each says so every few seconds in the database; Redis is not asked."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from teamboard.lib.owner import is_dead, own_name
from teamboard.runs.models import Worker

log = logging.getLogger(__name__)

WEB, CONTROL, AGENTS, SWEEPER = "web", "control", "agents", "sweeper"
KINDS = (WEB, CONTROL, AGENTS, SWEEPER)
ALIVE, LATE, GONE = "alive", "late", "gone"

BEAT_SECONDS = 5.0
LATE_AFTER, GONE_AFTER = timedelta(seconds=12), timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=1)

# What stands still without a process of this kind.
WITHOUT = {
    CONTROL: "nothing is opened, merged or followed",
    AGENTS: "no agent and no check is run",
    SWEEPER: "lost work is not given back",
    WEB: "no page is served",
}
REMEDY = "Start the board again; the last words of each process are in logs/ of the data folder."


class Pulse:
    """One process's own row. Beat it from the loop that does the work: a loop that hangs is then seen."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._name, self._kind = own_name(), "+".join(sorted(kinds))
        self._since, self._last = timezone.now(), -BEAT_SECONDS

    def beat(self) -> None:
        now = time.monotonic()
        if now - self._last < BEAT_SECONDS:
            return
        self._last = now
        if not Worker.objects.filter(name=self._name).update(seen_at=timezone.now()):
            _clear_away(self._kind)
            Worker.objects.create(name=self._name, kind=self._kind, since=self._since, seen_at=timezone.now())

    def end(self) -> None:
        """It ends as it should: nobody will miss it."""
        Worker.objects.filter(name=self._name).delete()


def _clear_away(kind: str) -> None:
    """Those whose place is taken now."""
    for row in Worker.objects.filter(kind=kind):
        if is_dead(row.name) or row.seen_at < timezone.now() - FORGOTTEN_AFTER:
            row.delete()


@dataclass(frozen=True, slots=True)
class Seen:
    """A process and how it is with it."""

    name: str
    kind: str
    since: datetime
    seen: datetime
    state: str


def seen() -> list[Seen]:
    """Every process that said it lives and did not say that it ends."""
    return [_seen(row) for row in Worker.objects.order_by("kind", "since")]


def _seen(row: Worker) -> Seen:
    _host, pid, _started = (*row.name.split("/"), "", "")[:3]
    return Seen(f"{row.kind} {pid}", row.kind, row.since, row.seen_at, _state(row))


def _state(row: Worker) -> str:
    silent = timezone.now() - row.seen_at
    if silent > GONE_AFTER or is_dead(row.name):
        return GONE
    return LATE if silent > LATE_AFTER else ALIVE


def missing(found: list[Seen]) -> list[str]:
    """The kinds of which no process answers."""
    there = {kind for one in found if one.state != GONE for kind in one.kind.split("+")}
    return [kind for kind in KINDS if kind not in there]


def silence() -> str:
    """A sentence for pages when work stands still; "" when it goes on, or where this is not known.

    A web process that runs alone for longer than workers need to start knows; before, nobody does.
    """
    found = seen()
    old = timezone.now() - GONE_AFTER
    if not any(one.kind == WEB and one.state != GONE and one.since < old for one in found):
        return ""
    lost = missing(found)
    if CONTROL in lost and AGENTS in lost:
        return f"Nothing is being worked on: no worker answers. {REMEDY}"
    for kind in (AGENTS, CONTROL):
        if kind in lost:
            return f"The {kind} worker does not answer: {WITHOUT[kind]}. {REMEDY}"
    return ""


class Heartbeat:
    """A pulse with a thread of its own, for a process whose loop is not ours."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        pulse = Pulse([self._kind])
        while not self._stop.wait(1.0):
            _try(pulse.beat)
        _try(pulse.end)


def _try(call: Callable[[], None]) -> None:
    """A beat that is missed is repeated; nothing else depends on it."""
    try:
        call()
    except Exception:
        log.warning("the heartbeat could not be written", exc_info=True)
    finally:
        connection.close()
