"""The output of a run: one file of JSON lines, appended by its worker and read by everyone (D22).

A position is a byte offset in the file, so catching up is a seek. The database holds only a sparse index.
"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

Listener = Callable[[int, int], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Called by the live layer: told (run, offset) after each append. Must not block and must not raise."""
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: `stream` is stdout, stderr, board, or event; an event carries its kind and fields in `event`."""

    stream: str
    text: str
    event: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Lines from the position `start` on, and the position to ask for next."""

    lines: list[dict[str, Any]]
    next: int
    start: int = 0


def folder(run_id: int) -> Path:
    return Path(settings.DATA_DIR) / "runs" / str(run_id)


class Journal:
    """The file of one run. One writer at a time (its lease says who), any number of readers."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self.path = folder(run_id) / "output.jsonl"
        self._seq: int | None = None

    def append(self, entries: Iterable[Entry]) -> int:
        """Write the entries in one call and tell the listeners; returns the new end of the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        at = timezone.now().isoformat(timespec="milliseconds")
        with self.path.open("ab") as out:
            if self._seq is None:
                self._seq = self._last_seq()
                if self._torn():
                    out.write(b"\n")
            out.write(b"".join(self._line(entry, at) for entry in entries))
            out.flush()
            end = out.tell()
        for listener in tuple(_listeners):
            listener(self.run_id, end)
        return end

    def read(self, after: int = 0, limit: int = 1000, max_bytes: int = 1_000_000) -> Page:
        """Whole lines that start at or after the byte offset `after`."""
        if not self.path.exists():
            return Page([], 0)
        with self.path.open("rb") as file:
            file.seek(after)
            data = file.read(max_bytes)
        whole = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)[:limit]
        return Page(list(_parsed(whole)), after + sum(map(len, whole)))

    def tail(self, lines: int = 200) -> Page:
        """The last lines, for a page that opens now."""
        return self.before(self.end(), lines)

    def before(self, end: int, lines: int = 200) -> Page:
        """The last whole lines up to the byte offset `end`, for a reader who goes back."""
        size = lines * 400
        first, data = self._window(end, size)
        while first and b"\n" not in data[:-1]:
            size *= 4
            first, data = self._window(end, size)
        cut = data.find(b"\n") + 1 if first else 0
        whole = data[cut : data.rfind(b"\n") + 1]
        kept = whole.splitlines(keepends=True)[-lines:]
        stop = first + cut + len(whole)
        return Page(list(_parsed(kept)), stop, stop - sum(map(len, kept)))

    def _window(self, end: int, size: int) -> tuple[int, bytes]:
        first = max(0, end - size)
        if not self.path.exists():
            return 0, b""
        with self.path.open("rb") as file:
            file.seek(first)
            return first, file.read(end - first)

    def end(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _line(self, entry: Entry, at: str) -> bytes:
        self._seq = (self._seq or 0) + 1
        body: dict[str, Any] = {"seq": self._seq, "at": at, "stream": entry.stream, "text": entry.text}
        if entry.event:
            body["event"] = entry.event
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace") + b"\n"

    def _torn(self) -> bool:
        """A worker that died in the middle of a write leaves half a line; the next one closes it."""
        if self.end() == 0:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def _last_seq(self) -> int:
        seqs = [line["seq"] for line in self.tail(50).lines]
        return max(seqs, default=0)


def _parsed(lines: Sequence[bytes]) -> Iterable[dict[str, Any]]:
    """One call for all of them costs half; half a line of a worker that died (see _torn) makes it fail."""
    try:
        values = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        values = _parsed_apart(lines)
    return (value for value in values if isinstance(value, dict) and "seq" in value)


def _parsed_apart(lines: Iterable[bytes]) -> Iterable[Any]:
    for line in lines:
        with suppress(ValueError):
            yield json.loads(line)
