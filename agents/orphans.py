"""What belongs to a child, found in /proc: to end all of it, now or after its worker was killed."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from agents.ceilings import remove_dead_cgroups
from agents.watch import descendants

NAME = "TEAMBOARD_CHILD"


def mark(marker: str) -> dict[str, str]:
    """A word in the environment that names the board and the worker. bwrap clears it before the command starts."""
    return {NAME: f"{marker}:{os.getpid()}:{_started_at(os.getpid())}:{os.urandom(6).hex()}"}


def orphans_of(marker: str) -> list[int]:
    """What workers that no longer live left behind."""
    found = []
    for pid, word in _marked(f"{marker}:"):
        owner, started = word.removeprefix(f"{marker}:").split(":")[:2]
        if _started_at(int(owner)) != started and not _is_zombie(pid):
            found.append(pid)
    return found


def end_orphans(marker: str) -> int:
    """Kill them; says how many processes that were."""
    ended = 0
    for pid in orphans_of(marker):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            ended += 1
    remove_dead_cgroups()
    return ended


def end_all(marker: str) -> int:
    """Kill every child of the board, whichever worker started it and however that one fares."""
    ended = 0
    for pid, _ in _marked(f"{marker}:"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            ended += 1
    return ended


class Members:
    """All processes of one child. In a PID namespace that is exact; without, it is the best that can be done."""

    def __init__(self, first: int, *, wrapped: bool, word: str) -> None:
        self.first, self._word = first, word
        self._namespace = _namespace(first) if wrapped else ""
        try:
            self._pidfd = os.pidfd_open(first)
        except ProcessLookupError:
            self._pidfd = -1

    def end(self, seconds: float) -> bool:
        """SIGKILL all and wait until none is left."""
        until = monotonic() + seconds
        self._end_first(seconds)
        while (left := self._left()) and monotonic() < until:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            sleep(0.01)
        return not left

    def _end_first(self, seconds: float) -> None:
        if self._pidfd < 0:
            return
        below = [] if self._namespace else descendants(self.first)[1:]
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # The kernel empties a PID namespace before its first process is gone, so this is the whole wait.
        select.select([self._pidfd], [], [], seconds)
        os.close(self._pidfd)
        self._pidfd = -1

    def _left(self) -> list[int]:
        if self._namespace:
            found = [pid for pid in _pids() if _namespace(pid) == self._namespace]
        else:
            found = [pid for pid, word in _marked(self._word) if word == self._word]
        return [pid for pid in found if not _is_zombie(pid)]


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _namespace(pid: int) -> str:
    with suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/pid")
    return ""


def _marked(prefix: str) -> Iterator[tuple[int, str]]:
    start = os.fsencode(f"{NAME}={prefix}")
    for pid in _pids():
        with suppress(OSError):
            for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                if entry.startswith(start) and pid != os.getpid():
                    yield pid, os.fsdecode(entry).removeprefix(f"{NAME}=")


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may itself hold blanks and brackets."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return []


def _started_at(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if fields else ""


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] in ([], ["Z"])
