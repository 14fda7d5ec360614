"""Which words changed between removed lines and the lines that took their place."""

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache

from teamboard.git.diff import Line, Spans, words
from teamboard.parts.code import Span

_kept = lru_cache(maxsize=16_384)(words)


def changed_words(lines: Sequence[Line], *, until: float) -> dict[int, tuple[Span, ...]]:
    """Index of a line -> its changed stretches. Lines are paired in order within a run of removed and added ones.

    Nothing is compared after `until` (time.monotonic): a page must not wait for it.
    """
    marks: dict[int, tuple[Span, ...]] = {}
    for removed, added in _runs(lines):
        for old, new in zip(removed, added, strict=False):
            if time.monotonic() > until:
                return marks
            marks |= _both(old, new, _kept(lines[old].text, lines[new].text))
    return marks


def _both(old: int, new: int, spans: Spans) -> dict[int, tuple[Span, ...]]:
    return {index: some for index, some in ((old, spans.old), (new, spans.new)) if some}


def _runs(lines: Sequence[Line]) -> Iterator[tuple[list[int], list[int]]]:
    removed: list[int] = []
    added: list[int] = []
    for index, line in enumerate(lines):
        if line.kind == "delete" and not added:
            removed.append(index)
        elif line.kind == "add":
            added.append(index)
        else:
            if removed and added:
                yield removed, added
            removed, added = ([index], []) if line.kind == "delete" else ([], [])
    if removed and added:
        yield removed, added
