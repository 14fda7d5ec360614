"""The folders of runs and checks on disk: made, measured, removed. Git never runs on the host in one (D6)."""

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

PARTS = ("work", "home", "tmp", "out")


@dataclass(frozen=True, slots=True)
class Workspace:
    """`work` is the clone, `home` and `tmp` belong to the agent, `out` is where the sandbox leaves bundles."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def has_clone(self) -> bool:
        """lstat only: what is inside belongs to the agent."""
        return is_real_folder(self.work) and is_real_folder(self.work / ".git")

    def make(self) -> "Workspace":
        for part in PARTS:
            (self.root / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    def empty(self, part: str) -> None:
        remove(self.root / part)
        (self.root / part).mkdir(parents=True, mode=0o700)

    def forget(self) -> None:
        """The run is merged: its output stays, the folders go."""
        for path in list(self.root.iterdir()) if self.root.is_dir() else []:
            remove(path)

    def remove(self) -> None:
        remove(self.root)


def of_run(run_id: int) -> Workspace:
    return Workspace(Path(settings.DATA_DIR) / "runs" / str(run_id))


def of_check(check_run_id: int) -> Workspace:
    return Workspace(Path(settings.DATA_DIR) / "checks" / str(check_run_id))


def scratch(kind: str, name: str) -> Workspace:
    """A place for something short that is removed afterwards."""
    return Workspace(Path(settings.DATA_DIR) / "scratch" / f"{kind}-{name}")


def is_real_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove a folder whatever an agent did to its modes. Never follows a link (rmtree works by descriptor)."""
    if is_real_folder(path):
        shutil.rmtree(path, onerror=_open_up)


def _open_up(retry: Callable[..., Any], name: str, error: Any) -> None:
    """A folder without permissions, such as overlayfs leaves: give them back and try once more."""
    parent = os.path.dirname(name)
    for folder in (parent, name):
        if is_real_folder(Path(folder)):
            os.chmod(folder, 0o700)
    if is_real_folder(Path(name)):
        shutil.rmtree(name, ignore_errors=True)
    elif os.path.lexists(name):
        os.unlink(name)
