"""Reads of a run's output file: complete lines from a byte offset on (D22)."""

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

CHUNK = 256_000
# Behind by more than this, a page is better off reading its tail anew.
TOO_MUCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    start: int
    end: int
    rows: list[bytes]


def file_of(run: int) -> Path:
    return Path(settings.DATA_DIR) / "runs" / str(run) / "output.jsonl"


def size(run: int) -> int:
    try:
        return file_of(run).stat().st_size
    except FileNotFoundError:
        return 0


def complete(run: int) -> int:
    """The offset after the last complete line."""
    end = size(run)
    step = 4096
    while end:
        start = max(0, end - step)
        with file_of(run).open("rb") as file:
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def stretch(run: int, start: int, limit: int = CHUNK) -> Stretch:
    """The complete lines after `start`, about `limit` bytes of them; a line longer than that comes whole."""
    try:
        with file_of(run).open("rb") as file:
            file.seek(start)
            data = file.read(limit)
            while data and b"\n" not in data and (more := file.read(limit)):
                data += more
    except FileNotFoundError:
        data = b""
    whole = data[: data.rfind(b"\n") + 1]
    return Stretch(start, start + len(whole), _checked(whole.split(b"\n")[:-1]))


def _checked(rows: list[bytes]) -> list[bytes]:
    """A writer that was killed may leave half a line. Rows are often many and seldom bad: tried together."""
    return rows if _is_json(b"[" + b",".join(rows) + b"]") else [row for row in rows if _is_json(row)]


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
