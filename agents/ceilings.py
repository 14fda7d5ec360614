"""Ceilings on a whole sandbox: rlimits, a cgroup where one can be had, and polls for the rest."""

import itertools
import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from agents.contract import Limits

OPEN_FILES = 65536
_BATCH = 2000
_numbers = itertools.count()
_CGROUPS = Path("/sys/fs/cgroup")


def set_rlimits(pid: int, limits: Limits) -> None:
    """Set on the sandbox's first process before the command starts, so that everything inherits them.

    RLIMIT_DATA and not RLIMIT_AS: a JavaScript engine reserves far more address space than it ever uses.
    """
    for which, wish in (
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.disk_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.prlimit(pid, which)[1]
        value = wish if hard == resource.RLIM_INFINITY else min(wish, hard)
        resource.prlimit(pid, which, (value, value))


class Cgroup:
    """A pids and memory group of its own. Only root can have one; for others RLIMIT_NPROC counts per sandbox.

    (The kernel never applies RLIMIT_NPROC to the host's root, so root needs the group.)
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    @classmethod
    def make(cls, limits: Limits) -> "Cgroup | None":
        if os.geteuid() != 0:
            return None
        folders = [folder for folder in map(_own_folder, _homes()) if folder]
        for folder in folders:
            for name, value in (
                ("pids.max", limits.processes),
                ("memory.max", limits.memory_bytes),
                ("memory.limit_in_bytes", limits.memory_bytes),
            ):
                if (folder / name).exists():
                    with suppress(OSError):
                        (folder / name).write_text(str(value))
        return cls(folders) if folders else None

    def add(self, pid: int) -> None:
        for folder in self._folders:
            with suppress(OSError):
                (folder / "cgroup.procs").write_text(str(pid))

    def remove(self) -> None:
        for folder in self._folders:
            with suppress(OSError):
                folder.rmdir()


def _homes() -> Iterator[Path]:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for name in controllers.split(","):
            if name in ("pids", "memory"):
                yield _CGROUPS / name / path.lstrip("/")
        if not controllers:
            yield _CGROUPS / path.lstrip("/")


def _own_folder(home: Path) -> Path | None:
    folder = home / f"teamboard-{os.getpid()}-{next(_numbers)}"
    try:
        folder.mkdir()
    except OSError:
        return None
    if any((folder / name).exists() for name in ("pids.max", "memory.max", "memory.limit_in_bytes")):
        return folder
    folder.rmdir()
    return None


def remove_dead_cgroups() -> None:
    """A killed worker leaves its empty groups behind."""
    if os.geteuid() != 0 or not Path("/proc/self/cgroup").exists():
        return
    for home in _homes():
        for folder in home.glob("teamboard-*-*"):
            if not Path("/proc", folder.name.split("-")[1]).exists():
                with suppress(OSError):
                    folder.rmdir()


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


class DiskMeter:
    """Measures folders in small bites, so that a huge tree never holds up the events of its process."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._walk: Iterator[int] = iter(())
        self._next = 0.0
        self._started = 0.0
        self.bytes = 0

    def step(self) -> int:
        """Do one bite; the answer is the size by the latest whole pass."""
        now = monotonic()
        if now < self._next:
            return self.bytes
        if not self._started:
            self._walk, self._started = _sizes(self._folders), now
        for size in self._walk:
            if size >= 0:
                self.bytes = size
                self._next = monotonic() + max(2.0, 20 * (monotonic() - self._started))
                self._started = 0.0
            break
        return self.bytes


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
