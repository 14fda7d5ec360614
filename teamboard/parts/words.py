"""Which words changed between a removed line and the line that took its place."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from teamboard.git.diff import Line
from teamboard.parts.code import LONG_LINE, Span

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
# Comparing words costs their product; beyond this the two lines have little in common anyway.
_MOST_PAIRS = 900
_LEAST_ALIKE = 0.4


def changed_words(lines: Sequence[Line]) -> dict[int, list[Span]]:
    """Index of a line -> its changed stretches. Lines are paired in order within a run of removed and added ones."""
    marks: dict[int, list[Span]] = {}
    for removed, added in _runs(lines):
        for old, new in zip(removed, added, strict=False):
            pair = _between(lines[old].text, lines[new].text)
            if pair is not None:
                marks[old], marks[new] = pair
    return marks


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


@lru_cache(maxsize=8192)
def _between(old: str, new: str) -> tuple[list[Span], list[Span]] | None:
    if len(old) > LONG_LINE or len(new) > LONG_LINE:
        return None
    left, right = _WORD.findall(old), _WORD.findall(new)
    head = _same(left, right)
    tail = _same(left[head:][::-1], right[head:][::-1])
    middle_left, middle_right = left[head : len(left) - tail], right[head : len(right) - tail]
    if len(middle_left) * len(middle_right) > _MOST_PAIRS:
        return None
    changes, alike = _changes(middle_left, middle_right)
    if head + tail + alike < _LEAST_ALIKE * max(len(left), len(right)):
        return None
    ours = [(head + c[0], head + c[1]) for c in changes]
    theirs = [(head + c[2], head + c[3]) for c in changes]
    return _spans(left, ours), _spans(right, theirs)


def _same(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _changes(left: Sequence[str], right: Sequence[str]) -> tuple[list[tuple[int, int, int, int]], int]:
    """The changed ranges of both sides, and how many words they share between them."""
    if not left or not right:
        return [(0, len(left), 0, len(right))], 0
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    alike = sum(c[2] - c[1] for c in codes if c[0] == "equal")
    return [(c[1], c[2], c[3], c[4]) for c in codes if c[0] != "equal"], alike


def _spans(words: Sequence[str], ranges: Sequence[Span]) -> list[Span]:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return [(starts[a], starts[b]) for a, b in ranges if b > a]
