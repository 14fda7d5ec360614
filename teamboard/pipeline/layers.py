"""Environment layers on disk: where each lies, who may touch it, and when one was used last (D13)."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from teamboard.pipeline.workspaces import remove

DAY = 86400.0


def home(project_id: int) -> Path:
    return Path(settings.DATA_DIR) / "environments" / str(project_id)


@contextmanager
def locked(folder: Path, watch: Callable[[], None]) -> Iterator[None]:
    """Others wait for the one that makes the layer, and may be told to stop waiting."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock_of(folder).open("a") as handle:
        while not _taken(handle.fileno()):
            watch()
            time.sleep(0.2)
        folder.mkdir(exist_ok=True, mode=0o700)
        yield


def used(folder: Path) -> None:
    os.utime(folder)


def collect(project_id: int, keep: set[Path]) -> None:
    """Remove layers that nobody used for long, and what an earlier removal left; one that is being made is busy."""
    for folder in list(home(project_id).iterdir()) if home(project_id).is_dir() else []:
        if folder.name.startswith(".gone"):
            remove(folder)
        elif folder.is_dir() and folder not in keep and _idle(folder):
            _take_away(folder)


def _idle(folder: Path) -> bool:
    return time.time() - folder.stat().st_mtime > settings.KEEP_LAYER_DAYS * DAY


def _take_away(folder: Path) -> None:
    with _lock_of(folder).open("a") as handle:
        if not _taken(handle.fileno()) or not _idle(folder):
            return
        gone = folder.with_name(f".gone-{folder.name}")
        os.rename(folder, gone)
    remove(gone)


def _lock_of(folder: Path) -> Path:
    """Beside the folder, which comes and goes."""
    return folder.with_name(f"{folder.name}.lock")


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
