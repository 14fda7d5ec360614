"""Follow a range of lines from one revision to another, by the hunks between them."""

from teamboard.git.diff import FileDiff, changed_files, file_diff, full_diff
from teamboard.git.stores import Stores

Revision = tuple[str, str]
Found = tuple[str, int | None, int | None, str]


def port(stores: Stores, path: str, side: str, start: int, end: int, written: Revision, read: Revision) -> Found:
    """(path, start, end, kind): exact, moved, drifted, file or change. The old side lives in the bases."""
    old, new = (written[0], read[0]) if side == "old" else (written[1], read[1])
    listed = next((file for file in changed_files(stores, old, new) if file.old_path == path), None)
    if listed is None:
        return path, start, end, "exact"
    if listed.status == "D":
        return "", None, None, "change"
    whole = file_diff(stores, old, new, listed.path, listed.old_path, 0)
    return _through(whole, start, end) if whole else (listed.path, start, end, "exact")


def _through(file: FileDiff, start: int, end: int) -> Found:
    shift = 0
    for hunk in file.hunks:
        first = hunk.old_start if hunk.old_lines else hunk.old_start + 1
        if first + hunk.old_lines <= start:
            shift += hunk.new_lines - hunk.old_lines
        elif first <= end:
            return _drifted(file, hunk.new_start, hunk.new_lines)
    return file.path, start + shift, end + shift, "moved" if shift else "exact"


def _drifted(file: FileDiff, start: int, lines: int) -> Found:
    if not lines:
        return file.path, None, None, "file"
    return file.path, start, start + lines - 1, "drifted"


def interdiff(stores: Stores, earlier: Revision, later: Revision) -> list[FileDiff]:
    return full_diff(stores, earlier[1], later[1])
