"""How many runs a worker has at work: a run that waits for a person's answer holds no slot (D18)."""

import threading
from collections.abc import Callable
from typing import Optional

from django.conf import settings

_FREE = threading.BoundedSemaphore(settings.WIP_LIMIT)


class Slot:
    """One taken place. Paused while a question without a default is open, whoever rang: Celery or the poll thread."""

    def __init__(self) -> None:
        self._held = True

    @classmethod
    def take(cls) -> Optional["Slot"]:
        """None when all are taken."""
        return cls() if _FREE.acquire(blocking=False) else None

    def pause(self) -> None:
        if self._held:
            self._held = False
            _FREE.release()

    def resume(self, watch: Callable[[], None]) -> None:
        """Wait for a place; `watch` may raise to end the wait."""
        while not self._held:
            watch()
            self._held = _FREE.acquire(timeout=0.5)

    free = pause
