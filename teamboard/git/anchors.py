"""Where a comment's lines are in a later patch set: by the edits between the two, then by the text, never lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from teamboard.git import compare, objects
from teamboard.git.compare import FileDiff
from teamboard.git.patch import Hunk
from teamboard.git.stores import Stores

Side = Literal["old", "new"]
Kind = Literal["exact", "moved", "drifted", "file", "change"]
Revision = tuple[str, str]

# How far around the expected place the same text is looked for.
_REACH = 20


def lines_of(data: bytes) -> list[str]:
    """A file's lines as they are kept and looked for; bytes that are not UTF-8 are spelled out, so they differ."""
    return data.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n")


@dataclass(frozen=True, slots=True)
class Position:
    """Lines start..end (from 1, both included) of a side of a patch set; start None is the whole file, path "" all.

    `text` is what those lines said. `kind` after a port: exact (same lines), moved (same text elsewhere), drifted (the
    place, but its text changed in part), file (the lines are gone), change (the file is gone).
    """

    path: str
    side: Side = "new"
    start: int | None = None
    end: int | None = None
    text: str = ""
    kind: Kind = "exact"


def port(stores: Stores, position: Position, *, from_: Revision, to: Revision) -> Position:
    """One position carried from patch set (base, head) `from_` to patch set `to`."""
    return port_all(stores, [position], from_=from_, to=to)[0]


def port_all(stores: Stores, positions: Sequence[Position], *, from_: Revision, to: Revision) -> list[Position]:
    """Many positions of one patch set, in order; each file is compared once."""
    mappers = {"old": _Mapper(stores, from_[0], to[0]), "new": _Mapper(stores, from_[1], to[1])}
    return [mappers[position.side].port(position) for position in positions]


@lru_cache(maxsize=64)
def _changed(root: Path, before: str, after: str) -> dict[str, FileDiff]:
    """Old path -> what became of it. Kept, because commits never change and each thread of a page asks again."""
    if before == after:
        return {}
    files = compare.changed_files(Stores(root), before, after)
    return {file.old_path: file for file in files if file.status != "A"}


class _Mapper:
    """Carries positions from one tree to another."""

    def __init__(self, stores: Stores, before: str, after: str) -> None:
        self.stores, self.before, self.after = stores, before, after
        self.hunks: dict[str, tuple[Hunk, ...] | None] = {}
        self.texts: dict[str, list[str]] = {}

    def port(self, position: Position) -> Position:
        file = _changed(self.stores.root, self.before, self.after).get(position.path) if position.path else None
        if file is None:
            return replace(position, kind="exact")
        if file.status == "D":
            return replace(position, path="", start=None, end=None, kind="change")
        here = replace(position, path=file.path)
        if position.start is None or position.end is None:
            return replace(here, kind="exact" if file.path == position.path else "moved")
        hunks = self._hunks(file)
        if hunks is None:
            return replace(here, start=None, end=None, kind="file")
        return self._lines(here, file, hunks, position.start, position.end)

    def _hunks(self, file: FileDiff) -> tuple[Hunk, ...] | None:
        """None when the file has no lines to follow."""
        if file.path not in self.hunks:
            found = compare.file_diff(self.stores, self.before, self.after, file.path, file.old_path, context=0)
            followed = found is not None and not (found.binary or found.too_big)
            self.hunks[file.path] = found.hunks if found is not None and followed else None
        return self.hunks[file.path]

    def _lines(self, here: Position, file: FileDiff, hunks: Sequence[Hunk], start: int, end: int) -> Position:
        """By the edits first; where an edit meets the lines, by their text; a part that is left is still a place."""
        shifted, touched = _shift(hunks, start, end)
        if not touched:
            moved = shifted != start or file.path != file.old_path
            return replace(here, start=shifted, end=shifted + end - start, kind="moved" if moved else "exact")
        if found := self._by_text(here, file, shifted):
            return replace(here, start=found, end=found + end - start, kind="moved" if found != start else "exact")
        if survivors := _survivors(hunks, start, end):
            return replace(here, start=survivors[0], end=survivors[-1], kind="drifted")
        return replace(here, start=None, end=None, kind="file")

    def _by_text(self, here: Position, file: FileDiff, near: int) -> int | None:
        """The one place near by where exactly these lines stand; two such places are none."""
        wanted = here.text.removesuffix("\n").split("\n")
        if not any(line.strip() for line in wanted):
            return None
        lines = self._text(file)
        low, high = max(1, near - _REACH), min(len(lines) - len(wanted) + 1, near + _REACH)
        places = [at for at in range(low, high + 1) if lines[at - 1 : at - 1 + len(wanted)] == wanted]
        return places[0] if len(places) == 1 else None

    def _text(self, file: FileDiff) -> list[str]:
        if file.path not in self.texts:
            data = objects.read_many(self.stores.hub, [file.new_blob])[0].data
            self.texts[file.path] = lines_of(data)
        return self.texts[file.path]


def _shift(hunks: Iterable[Hunk], start: int, end: int) -> tuple[int, bool]:
    """Where the first line would be now, and whether an edit meets the range."""
    shift = 0
    for hunk in hunks:
        first, last = _old_range(hunk)
        if first > end:
            break
        if last >= start:
            return max(1, start + shift), True
        shift = hunk.new_start + hunk.new_lines - (hunk.old_start + hunk.old_lines)
        if hunk.old_lines == 0:
            shift -= 1
        if hunk.new_lines == 0:
            shift += 1
    return start + shift, False


def _old_range(hunk: Hunk) -> tuple[float, float]:
    """An insertion lies between two lines: it meets only a range that holds both."""
    if hunk.old_lines == 0:
        return hunk.old_start + 0.5, hunk.old_start + 0.5
    return hunk.old_start, hunk.old_start + hunk.old_lines - 1


def _survivors(hunks: Sequence[Hunk], start: int, end: int) -> list[int]:
    """The new numbers of those lines of the range that no edit took away."""
    if end - start > 10_000:
        return []
    gone = {
        line
        for hunk in hunks
        for line in range(max(hunk.old_start, start), min(hunk.old_start + hunk.old_lines, end + 1))
    }
    return [_shift(hunks, line, line)[0] for line in range(start, end + 1) if line not in gone]
