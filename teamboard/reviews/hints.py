"""What a reviewer should be told about a diff before reading it: tests that go or are skipped, and where to look first.

Read from the lines alone, so the same diff always says the same. A hint is no verdict: it may miss something, and what
it names may be meant.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from teamboard.git.diff import FileDiff, Hunk, Line
from teamboard.reviews import idioms

MOST = 50


@dataclass(frozen=True, slots=True)
class Hint:
    """`what`: removed, skipped, or exits. `line` counts on `side`; `hunk` from 0."""

    what: str
    name: str
    path: str
    side: str
    line: int
    hunk: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look first, and the phrase that says why."""

    path: str
    side: str
    line: int
    why: str


def read(files: Sequence[FileDiff], guarded: Collection[str] = (), definition: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON that a patch set keeps. `definition` names what of the checks' definition the change itself alters."""
    tests = on_tests(files)
    first = look_first(files, guarded, tests)
    fewer = _fewer_assertions(files)
    return {
        **({"tests": [asdict(hint) for hint in tests]} if tests else {}),
        **({"assertions": fewer} if fewer > 0 else {}),
        **({"definition": list(definition)} if definition else {}),
        **({"first": asdict(first)} if first else {}),
    }


# Tests that go, or do not run any more


def on_tests(files: Sequence[FileDiff]) -> list[Hint]:
    """A test that only moved, or a skip that was there before, is no news."""
    in_tests = [file for file in files if idioms.is_test_file(file.path)]
    found = (
        *islice(_unmatched(files, "delete", "add", idioms.begins_test, "removed"), MOST),
        *islice(_unmatched(files, "add", "delete", idioms.skips, "skipped"), MOST),
        *islice(_unmatched(in_tests, "add", "delete", idioms.exits, "exits"), MOST),
    )
    return sorted(found, key=lambda hint: (hint.path, hint.line, hint.what))


def _unmatched(
    files: Sequence[FileDiff], kind: str, other: str, find: Callable[[str, str], str], what: str
) -> Iterator[Hint]:
    elsewhere = Counter(found for _, _, _, found in _findings(files, other, find))
    for file, hunk, line, found in _findings(files, kind, find):
        if elsewhere[found] > 0:
            elsewhere[found] -= 1
            continue
        name = found if what == "removed" else _test_of(file, file.hunks[hunk], line) or found
        side, number = ("old", line.old) if kind == "delete" else ("new", line.new)
        yield Hint(what, name, file.path, side, number or 0, hunk)


def _findings(
    files: Sequence[FileDiff], kind: str, find: Callable[[str, str], str]
) -> Iterator[tuple[FileDiff, int, Line, str]]:
    for file in files:
        for number, hunk in enumerate(file.hunks):
            for line in hunk.lines:
                if line.kind == kind and (found := find(file.path, line.text)):
                    yield file, number, line, found


def _test_of(file: FileDiff, hunk: Hunk, line: Line) -> str:
    """The test that the line begins itself, that a mark stands on (below), or that a call stands in (above)."""
    at = hunk.lines.index(line)
    below = (other.text for other in hunk.lines[at : at + 8] if other.kind != "delete")
    above = [other.text for other in hunk.lines[:at] if other.kind != "delete"]
    order: Iterable[str] = below if idioms.is_mark(line.text) else [*reversed(above), hunk.heading]
    return next((name for text in [line.text, *order] if (name := idioms.begins_test(file.path, text))), "")


def _fewer_assertions(files: Iterable[FileDiff]) -> int:
    lines = (line for file in files if idioms.is_test_file(file.path) for hunk in file.hunks for line in hunk.lines)
    counts = Counter(line.kind for line in lines if idioms.asserts(line.text))
    return counts["delete"] - counts["add"]


# Where to look first


def look_first(files: Sequence[FileDiff], guarded: Collection[str], tests: Sequence[Hint]) -> Place | None:
    """A guarded file before a test that goes, that before a public name that changes, that before mere size."""
    on = {(hint.path, hint.hunk): hint for hint in reversed(tests)}
    ranked = (_rank(file, number, guarded, on) for file in files for number in range(max(1, len(file.hunks))))
    best = min(ranked, key=lambda row: row[0], default=None)
    return best[1] if best else None


def _rank(
    file: FileDiff, number: int, guarded: Collection[str], tests: Mapping[tuple[str, int], Hint]
) -> tuple[tuple[int, int, str, int], Place]:
    changed = [line for line in file.hunks[number].lines if line.kind != "context"] if file.hunks else []
    first = next(iter(changed), None)
    side, line = ("new", first.new) if first and first.kind == "add" else ("old", first.old if first else 0)
    rank, why = _why(file, number, changed, guarded, tests)
    return (rank, -len(changed), file.path, number), Place(file.path, side, line or 0, why)


def _why(
    file: FileDiff,
    number: int,
    changed: Sequence[Line],
    guarded: Collection[str],
    tests: Mapping[tuple[str, int], Hint],
) -> tuple[int, str]:
    if file.path in guarded:
        return 0, "it is in a guarded file"
    if hint := tests.get((file.path, number)):
        return 1, f"the test {hint.name} {VERBS[hint.what]}"
    if not idioms.is_test_file(file.path):
        names = (idioms.public_name(line.text) for line in changed if line.kind == "delete")
        if name := next(filter(None, names), ""):
            return 2, f"the public {name} is not what it was"
    return 3, f"it is the biggest piece, {len(changed)} line{'' if len(changed) == 1 else 's'}"


VERBS = {"removed": "goes away", "skipped": "is skipped", "exits": "may end before it is done"}
