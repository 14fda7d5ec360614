"""Hard ceilings on a whole sandbox: rlimits, and a cgroup where one can be had."""

import itertools
import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from agents.contract import Limits

OPEN_FILES = 65536
_numbers = itertools.count()
_refused: set[Path] = set()
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
        _remove(self._folders)


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
        dead = [folder for folder in home.glob("teamboard-*-*") if not _worker_lives(folder)]
        # A worker that was itself in such a group has its own groups below it.
        _remove([*(inner for folder in dead for inner in folder.glob("teamboard-*-*")), *dead])


def _worker_lives(folder: Path) -> bool:
    return Path("/proc", folder.name.split("-")[1]).exists()


def _remove(folders: Sequence[Path]) -> None:
    """A group whose last process is dead but not yet reaped refuses; it gets its turn with the next one."""
    for folder in (*_refused, *folders):
        _refused.discard(folder)
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            _refused.add(folder)
