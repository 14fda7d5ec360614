"""How many runs a worker has at work: a run that waits for a person's answer holds no slot (D18)."""

import threading
from collections.abc import Callable
from typing import Optional

from django.conf import settings

_FREE = threading.BoundedSemaphore(settings.WIP_LIMIT)
_waiting: list["Slot"] = []  # the longest first
_lock = threading.Lock()


class Slot:
    """One taken place. Paused while a question is open, whoever rang: Celery or the poll thread."""

    def __init__(self) -> None:
        self._held = True

    @classmethod
    def take(cls) -> Optional["Slot"]:
        """None when all are taken."""
        return cls() if _FREE.acquire(blocking=False) else None

    def pause(self) -> None:
        """Give the place away and stand among those that wait."""
        if self._held:
            self._held = False
            _FREE.release()
            with _lock:
                _waiting.append(self)

    def resume(self, watch: Callable[[], None]) -> None:
        """Wait for a place; `watch` may raise to end the wait."""
        while not self._held:
            watch()
            self._held = _FREE.acquire(timeout=0.5)
        self._leave()

    @property
    def crowded(self) -> bool:
        """More processes wait for people than may, and this is among those that wait longest."""
        with _lock:
            return self in _waiting[: max(0, len(_waiting) - settings.WAITING_LIMIT)]

    def free(self) -> None:
        """The work is over."""
        if self._held:
            self._held = False
            _FREE.release()
        self._leave()

    def _leave(self) -> None:
        with _lock:
            if self in _waiting:
                _waiting.remove(self)
