"""Which line stands beside which when a hunk is shown in two columns."""

from collections.abc import Iterator, Sequence

from teamboard.git.diff import Line


def side_by_side(lines: Sequence[Line]) -> Iterator[tuple[int | None, int | None]]:
    """Index pairs for two columns: removed lines beside the lines that took their place."""
    left: list[int] = []
    right: list[int] = []
    for index, line in enumerate(lines):
        if line.kind == "delete" and not right:
            left.append(index)
        elif line.kind == "add":
            right.append(index)
        else:
            yield from _zipped(left, right)
            left, right = ([index], []) if line.kind == "delete" else ([], [])
            if line.kind == "context":
                yield index, index
    yield from _zipped(left, right)


def _zipped(left: list[int], right: list[int]) -> Iterator[tuple[int | None, int | None]]:
    for row in range(max(len(left), len(right))):
        yield (left[row] if row < len(left) else None), (right[row] if row < len(right) else None)
