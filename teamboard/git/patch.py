"""Parse git's patch text by counting lines, so that no content can pass for a header."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["context", "add", "delete"]

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)


class Line(NamedTuple):
    """One line with its number on the old and new side; bytes that are not UTF-8 are spelled out as \\xNN."""

    kind: Kind
    old: int | None
    new: int | None
    text: str
    no_newline: bool = False


class Hunk(NamedTuple):
    """Lines that belong together; a side without lines starts at the line before, as git writes it."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    heading: str
    lines: tuple[Line, ...]


class PatchError(Exception):
    """The text does not follow git's format."""


def parse_patch(patch: bytes) -> Iterator[tuple[Hunk, ...]]:
    """The hunks of each `diff --git` section, in order."""
    rows = patch.decode("utf-8", "backslashreplace").split("\n")
    at, end = 0, len(rows) - 1  # after the last newline there is an empty rest
    hunks: list[Hunk] | None = None
    while at < end:
        row = rows[at]
        if row.startswith("@@ "):
            if hunks is None:
                raise PatchError("a hunk before any file")
            hunk, at = _hunk(rows, at)
            hunks.append(hunk)
            continue
        if row.startswith("diff --git "):
            if hunks is not None:
                yield tuple(hunks)
            hunks = []
        at += 1
    if hunks is not None:
        yield tuple(hunks)


def _hunk(rows: list[str], at: int) -> tuple[Hunk, int]:
    match = _HUNK.fullmatch(rows[at])
    if match is None:
        raise PatchError(f"no hunk header: {rows[at][:80]!r}")
    old, new = int(match[1]), int(match[3])
    old_lines, new_lines = int(match[2] or 1), int(match[4] or 1)
    lines, after = _lines(rows, at + 1, old, new, old + old_lines, new + new_lines)
    return Hunk(old, old_lines, new, new_lines, match[5], tuple(lines)), after


def _lines(rows: list[str], at: int, old: int, new: int, old_end: int, new_end: int) -> tuple[list[Line], int]:
    """One plain loop: this is the hot place of a 50,000-line patch."""
    lines: list[Line] = []
    add = lines.append
    while old < old_end or new < new_end or rows[at][:1] == "\\":
        row = rows[at]
        sign = row[:1]
        if sign == "+":
            add(Line("add", None, new, row[1:]))
            new += 1
        elif sign == "-":
            add(Line("delete", old, None, row[1:]))
            old += 1
        elif sign == " ":
            add(Line("context", old, new, row[1:]))
            old += 1
            new += 1
        elif sign == "\\":
            lines[-1] = lines[-1]._replace(no_newline=True)
        else:
            raise PatchError(f"no line of a hunk: {row[:80]!r}")
        at += 1
    return lines, at
