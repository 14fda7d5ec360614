"""How much of a diff is drawn with the page, what fills in later, and what waits for a click."""

from collections.abc import Iterable, Iterator

from teamboard.git.diff import FileDiff
from teamboard.parts.sentences import plural

FILE_ROWS = 10_000  # a longer file is opened by a click
PAGE_ROWS = 12_000  # further files are filled in after load, so that find-in-page still works


def changed_lines(files: Iterable[FileDiff]) -> int:
    return sum(file.additions + file.deletions for file in files)


def row_count(file: FileDiff) -> int:
    return sum(len(hunk.lines) for hunk in file.hunks)


def fitting(files: Iterable[FileDiff]) -> Iterator[tuple[FileDiff, bool]]:
    left = PAGE_ROWS
    for file in files:
        rows = row_count(file)
        yield file, rows <= left or rows > FILE_ROWS
        left -= min(rows, FILE_ROWS)


def why_closed(file: FileDiff) -> str:
    """Why the page does not draw this file's lines; "" when it does. A binary file is never drawn."""
    if file.binary:
        return "binary"
    if file.too_big and not file.hunks:
        return "too big to be drawn with the page"
    return f"{plural(row_count(file), 'row')}, not drawn with the page" if row_count(file) > FILE_ROWS else ""


def drawn_at_once(files: Iterable[FileDiff]) -> list[str]:
    """The paths whose lines a reader gets with the page itself; the rest fills in later or is opened by a click."""
    return [file.path for file, fits in fitting(files) if fits and not why_closed(file)]
