"""From a run's events to its file: gathered for 50 ms, written in one piece (D22)."""

import logging
import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from teamboard.pipeline.keeper import Keeper
from teamboard.runs.journal import Entry, Journal
from teamboard.runs.models import OutputIndex

GATHER = 0.05
INDEX_EVERY = timedelta(seconds=1)

log = logging.getLogger(__name__)


class Output:
    """Entries go in from any thread; a thread of its own writes them while the lease is ours."""

    def __init__(self, run_id: int, keeper: Keeper) -> None:
        self._run_id, self._keeper = run_id, keeper
        self._journal = Journal(run_id)
        self._waiting: list[Entry] = []
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._news, self._stop = threading.Event(), threading.Event()
        self._lines = 0
        self._indexed_to = self._journal.end()
        self._indexed_at: datetime | None = None
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)

    def say(self, text: str, stream: str = "board", **event: Any) -> None:
        with self._lock:
            self._waiting += [Entry(stream, line, event) for line in (text.split("\n") if not event else [text])]
        self._news.set()

    def __enter__(self) -> "Output":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._news.set()
        self._thread.join()

    def _write(self) -> None:
        try:
            while not self._stop.is_set():
                self._news.wait()
                self._stop.wait(GATHER)
                self._news.clear()
                self.flush()
            self.flush()
            self._index(self._journal.end())
        finally:
            connection.close()

    def flush(self) -> None:
        """What was said until now is in the file afterwards, in its order; not if the lease is lost."""
        with self._writing:
            with self._lock:
                entries, self._waiting = self._waiting, []
            if entries and not self._keeper.lost:
                self._append(entries)

    def _append(self, entries: list[Entry]) -> None:
        try:
            end = self._journal.append(entries)
        except OSError:
            log.exception("output of run %s could not be written", self._run_id)
            return
        self._lines += len(entries)
        if self._indexed_at is None or timezone.now() - self._indexed_at > INDEX_EVERY:
            self._index(end)

    def _index(self, end: int) -> None:
        """Sparse, and only a help for readers: the file itself is the truth."""
        if end == self._indexed_to or self._keeper.lost:
            return
        now = timezone.now()
        try:
            OutputIndex.objects.create(
                run_id=self._run_id, start=self._indexed_to, end=end, first_line=0, lines=self._lines, at=now
            )
        except DatabaseError:
            log.warning("an index row of run %s was left out", self._run_id)
        self._indexed_to, self._indexed_at, self._lines = end, now, 0
