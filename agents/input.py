"""Standard input of a child that never blocks its writer, however slowly the child reads."""

import os
import threading
from typing import IO

_CHUNK = 64 * 1024


class Input:
    """May be used from any thread. A child that closed its input just gets nothing more."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe, self._lock = pipe, threading.Lock()
        self._rest, self._close_after = b"", False
        if pipe:
            os.set_blocking(pipe.fileno(), False)

    @property
    def pending(self) -> bool:
        return bool(self._rest)

    def feed(self, data: bytes, *, close: bool = False) -> None:
        with self._lock:
            self._rest += data
            self._close_after = self._close_after or close
        self.push()

    def push(self) -> None:
        """Write what the pipe takes now; the event loop brings the rest."""
        with self._lock:
            if self._pipe is None or self._pipe.closed:
                self._rest = b""
                return
            try:
                while self._rest:
                    self._rest = self._rest[os.write(self._pipe.fileno(), self._rest[:_CHUNK]) :]
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._rest, self._close_after = b"", True
            if self._close_after:
                self._pipe.close()

    def close(self) -> None:
        with self._lock:
            self._rest = b""
            if self._pipe:
                self._pipe.close()
