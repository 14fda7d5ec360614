"""Which words of a changed line changed."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

# A line with more than this is shown as changed as a whole: word by word it would only cost time.
_MAX_TOKENS = 200
_MAX_WORK = 2500
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


class Spans(NamedTuple):
    """(start, end) in characters, of what went and of what came."""

    old: tuple[tuple[int, int], ...]
    new: tuple[tuple[int, int], ...]


def words(old: str, new: str) -> Spans:
    """Changed spans of both lines; none at all when the lines have too little in common to help a reader."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(before), len(after)) > _MAX_TOKENS or len(before) * len(after) > _MAX_WORK:
        return Spans((), ())
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 0.3:
        return Spans((), ())
    changes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return Spans(
        _spans(before, [(code[1], code[2]) for code in changes]),
        _spans(after, [(code[3], code[4]) for code in changes]),
    )


def _spans(tokens: Sequence[str], ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return tuple((starts[low], starts[high]) for low, high in ranges if low < high)
