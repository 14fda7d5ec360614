"""One running board per data folder: the lock, who holds it, and the port."""

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any

PREFERRED_PORT = 8427


class AlreadyRunning(Exception):
    """Another board holds this data folder."""


class Instance:
    """Holds the flock on DATA/instance.lock while the board runs; the file tells who and where."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "instance.lock"
        self._handle = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"A board already runs on {self.folder} ({_who(self.read())}). "
                "Open that one, stop it first, or name another data folder with --data DIR."
            ) from None

    def read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.file.read_text() or "{}"))
        except (OSError, ValueError):
            return {}

    def tell(self, **facts: Any) -> None:
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(facts).encode(), 0)

    def release(self) -> None:
        os.close(self._handle)


def _who(facts: dict[str, Any]) -> str:
    return f"process {facts['pid']}, {facts['origin']}" if "pid" in facts else "process unknown"


def choose_port(wanted: int | None, last: int | None) -> int:
    """The wanted port or a sentence; else the last one used, the usual one, or any free one."""
    if wanted:
        if not _free(wanted):
            raise SystemExit(f"Port {wanted} is taken by another program. Choose another with --port, or leave it out.")
        return wanted
    return next((port for port in (last, PREFERRED_PORT) if port and _free(port)), 0) or any_port()


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
