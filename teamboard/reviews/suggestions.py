"""Suggested replacements of lines: read from a comment, laid on the newest patch set as far as its lines still fit."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from teamboard.git.anchors import Position, Revision, port_all
from teamboard.reviews import storage
from teamboard.reviews.models import PatchSet, Thread

_BLOCK = re.compile(r"^(?P<fence>`{3,}|~{3,})suggestion[ \t]*\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.M | re.S)
FITS, APPLIED, STALE = "fits", "applied", "stale"


@dataclass(frozen=True)
class Placed:
    """Lines start..end of `path` in the newest patch set, and what the suggestion would make of them."""

    path: str
    start: int
    end: int
    lines: tuple[str, ...]
    state: str


def pieces(body: str) -> Iterator[tuple[str, bool]]:
    """The comment in order: (text, False) to be read as markdown, (lines, True) for a suggestion."""
    text, at = body.replace("\r\n", "\n"), 0
    for found in _BLOCK.finditer(text):
        yield text[at : found.start()], False
        yield found["text"], True
        at = found.end()
    yield text[at:], False


def suggested(body: str) -> tuple[str, ...] | None:
    """The lines of the first suggestion; () takes the commented lines away, None is no suggestion."""
    return next((tuple(text.split("\n")[:-1]) for text, is_one in pieces(body) if is_one), None)


def placed(thread: Thread, lines: tuple[str, ...], newest: PatchSet) -> Placed | None:
    """None where there are no lines of the new side to replace."""
    if thread.side != "new" or not thread.path or not thread.start_line:
        return None
    at = _now(thread, newest)
    file = _lines(thread.change.project_id, newest.head_sha, at.path) if at.path else ()
    start, end = at.start or thread.start_line, at.end or thread.end_line or thread.start_line
    there = "\n".join(_text(line) for line in file[start - 1 : end])
    fits = at.start is not None and there == thread.anchor_text
    state = FITS if fits else APPLIED if lines and _within(lines, file) else STALE
    return Placed(at.path or thread.path, start, end, lines, state)


def replaced(data: bytes, wanted: list[Placed]) -> bytes:
    """The file with every suggestion in its place; from the end, so that earlier numbers stay true."""
    file = data.split(b"\n")
    for one in sorted(wanted, key=lambda one: one.start, reverse=True):
        old = file[one.start - 1 : one.end]
        end = b"\r" if old and all(line.endswith(b"\r") for line in old) else b""
        file[one.start - 1 : one.end] = [line.encode() + end for line in one.lines]
    return b"\n".join(file)


def _now(thread: Thread, newest: PatchSet) -> Position:
    end = thread.end_line or thread.start_line
    written = Position(thread.path, "new", thread.start_line, end, thread.anchor_text)
    before = thread.patch_set.base_sha, thread.patch_set.head_sha
    return _ported(thread.change.project_id, written, before, (newest.base_sha, newest.head_sha))


@lru_cache(maxsize=2000)
def _ported(project: int, position: Position, before: Revision, after: Revision) -> Position:
    if before == after:
        return position
    return port_all(storage.stores(project), [position], from_=before, to=after)[0]


@lru_cache(maxsize=64)
def _lines(project: int, head: str, path: str) -> tuple[bytes, ...]:
    data = storage.stores(project).blob(head, os.fsdecode(path))
    return tuple(data.split(b"\n")) if data is not None else ()


def _text(line: bytes) -> str:
    return line.decode(errors="replace")


def _within(lines: tuple[str, ...], file: tuple[bytes, ...]) -> bool:
    wanted = [line.encode() for line in lines]
    bare = [line.removesuffix(b"\r") for line in file]
    return any(bare[at : at + len(wanted)] == wanted for at in range(len(bare) - len(wanted) + 1))
