"""Polls of what a running process uses: time, silence, output, disk, processes, memory."""

import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from agents.contract import Limits

FLOOD_FACTOR = 20  # beyond this many times the kept output nobody reads it, and the machine suffers
_COUNT_EVERY = 0.5
_MEASURE_EVERY = 0.5
_BATCH = 2000


class DiskMeter:
    """How much folders grew, measured in small bites so that a huge tree never holds up the events of its process.

    The first pass is where growth counts from. Made before the process starts, it is exact for small trees; in a big
    one what is written during that pass is not counted.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._walk: Iterator[int] = iter(())
        self._next = self._started = 0.0
        self._first: int | None = None
        self._grown = 0
        self.step()

    def step(self) -> int:
        """Do one bite; the answer is the growth by the latest whole pass."""
        now = monotonic()
        if now >= self._next:
            if not self._started:
                self._walk, self._started = _sizes(self._folders), now
            size = next(self._walk)
            if size >= 0:
                self._pass_ended(size)
        return self._grown

    def _pass_ended(self, size: int) -> None:
        self._first = size if self._first is None else self._first
        self._grown = size - self._first
        cost = monotonic() - self._started
        self._next, self._started = monotonic() + max(_MEASURE_EVERY, 20 * cost), 0.0


def _sizes(folders: Sequence[Path]) -> Iterator[int]:
    """-1 after each bite, the total at the end. Blocks on disk count, so a sparse file is small."""
    total, seen, todo = 0, 0, [os.fspath(folder) for folder in folders]
    while todo:
        with suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                seen += 1
                if seen % _BATCH == 0:
                    yield -1
    yield total


def descendants(pid: int) -> list[int]:
    """The process and all below it. In a PID namespace orphans fall to its first process, so none is missed."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        with suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                todo += map(int, (thread / "children").read_text().split())
    return found


def resident_bytes(pids: Sequence[int]) -> int:
    pages = 0
    for pid in pids:
        with suppress(OSError, IndexError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


class Watch:
    """What a running process has used up so far. Polled, so a little inexact: rlimits and cgroup are the hard wall."""

    def __init__(self, limits: Limits, first: int, disk: DiskMeter) -> None:
        self._limits, self._first, self._disk = limits, first, disk
        self._started = self._last_output = monotonic()
        self._output_bytes = self.last_read = 0
        self._next_count = 0.0
        self.idle_paused = False

    def heard(self, count: int) -> None:
        self._output_bytes += count
        self.last_read = count
        self._last_output = monotonic()

    def overstep(self) -> tuple[str, str] | None:
        """(reason, sentence) of the first ceiling that is passed."""
        now, limits = monotonic(), self._limits
        if self.idle_paused:
            self._last_output = now
        if now - self._started > limits.seconds:
            return "timed_out", f"It ran longer than {limits.seconds:g} seconds."
        if limits.idle_seconds and now - self._last_output > limits.idle_seconds:
            return "idle", f"It said nothing for {limits.idle_seconds:g} seconds."
        if self._output_bytes > FLOOD_FACTOR * limits.output_bytes:
            return "output_flood", f"It wrote more than {FLOOD_FACTOR * limits.output_bytes:,} bytes of output."
        if self._disk.step() > limits.disk_bytes:
            return "disk_full", f"Its folders grew by more than {limits.disk_bytes:,} bytes."
        return self._overstep_of_members(now)

    def _overstep_of_members(self, now: float) -> tuple[str, str] | None:
        if now < self._next_count:
            return None
        self._next_count = now + _COUNT_EVERY
        pids, limits = descendants(self._first), self._limits
        if len(pids) > limits.processes + 2:
            return "killed", f"It started more than {limits.processes} processes."
        if resident_bytes(pids) > limits.memory_bytes:
            return "killed", f"It used more than {limits.memory_bytes:,} bytes of memory."
        return None
