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

    @property
    def held(self) -> bool:
        """Whether a board runs on this folder now."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        return False

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


def reserve(wanted: int | None, last: int | None, host: str = "127.0.0.1") -> socket.socket:
    """A socket bound to the wanted port (or a sentence); else to the last one used, the usual one, or any free one.

    It is held from here on, so that two boards that start at once never mean the same port.
    """
    for port in (wanted,) if wanted else (last, PREFERRED_PORT, 0):
        held = None if port is None else _bound(host, port)
        if held is not None:
            return held
    raise SystemExit(f"Port {wanted} is taken by another program. Choose another with --port, or leave it out.")


def _bound(host: str, port: int) -> socket.socket | None:
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
        held.listen(128)  # bound alone is not enough: with SO_REUSEADDR two may bind until one listens
    except OSError:
        held.close()
        return None
    return held


def port_of(held: socket.socket) -> int:
    return int(held.getsockname()[1])
