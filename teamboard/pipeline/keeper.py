"""Keep a lease while the work under it goes on, and notice at once when it is lost."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection

from teamboard.lib.lease import LeaseLost

log = logging.getLogger(__name__)


class Keeper:
    """Renews every beat from a thread of its own, for git and slow disks give no ticks.

    The thread dies with the process, so a lost worker never keeps its lease; a step that hangs is ended by the
    limits on its child processes.
    """

    def __init__(self, renew: Callable[[], bool]) -> None:
        self._renew = renew
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._on_lost: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    def check(self) -> None:
        """Call before each outside effect: raises LeaseLost when somebody else owns the work now."""
        if self.lost:
            raise LeaseLost("the lease is gone")

    def on_lost(self, callback: Callable[[], None]) -> None:
        """What to kill when the lease is lost; called from the keeper's thread."""
        self._on_lost.append(callback)

    def __enter__(self) -> "Keeper":
        start_beating(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def beat_for_ever(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stop.wait(settings.BEAT_SECONDS) and self.beat():
                pass
        finally:
            connection.close()

    def beat(self) -> bool:
        """Renew once; when the lease is lost, say so to whoever works under it."""
        if self._still_ours():
            return True
        self._lost.set()
        for callback in self._on_lost:
            callback()
        return False

    def _still_ours(self) -> bool:
        try:
            return self._renew()
        except DatabaseError:
            # A busy database costs a beat, not the lease: six beats fit into one.
            log.warning("a lease could not be renewed at this beat", exc_info=True)
            return True


# The simulator beats by its own clock.
start_beating: Callable[[Keeper], None] = Keeper.beat_for_ever
