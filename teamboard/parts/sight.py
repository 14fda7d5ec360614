"""What a person reads of a change: files, rows and threads of one patch set, or of one against an earlier one."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from teamboard.git.diff import FileDiff, file_diff, full_diff, interdiff
from teamboard.parts.budget import changed_lines
from teamboard.parts.diff import COLOUR_UP_TO, Drawing
from teamboard.parts.places import Sight, Spot, spots_of, within
from teamboard.parts.threads import Reader, thread_article
from teamboard.reviews import queries, storage
from teamboard.reviews.models import Change, Thread
from teamboard.reviews.states import OPEN

# What a page may spend on lines that nobody has coloured yet; change.js asks for the rest.
COLOUR_SECONDS = 0.04
Revision = tuple[str, str]


@lru_cache(maxsize=8)
def _files(project: int, revision: Revision, earlier: Revision | None) -> tuple[FileDiff, ...]:
    """Revisions are immutable: a diff that was read once is read for good. Folder by folder, as the tree shows it."""
    stores = storage.stores(project)
    found = interdiff(stores, earlier, revision) if earlier else full_diff(stores, *revision)
    return tuple(sorted(found, key=lambda file: file.path.rpartition("/")[::2]))


def files_of(change: Change, sight: Sight) -> tuple[FileDiff, ...]:
    return _files(change.project_id, sight.revision, sight.against and Sight(sight.against).revision)


def whole_file(change: Change, sight: Sight, file: FileDiff) -> FileDiff:
    """The file with all its lines around the changes; between patch sets it stays as it is."""
    if sight.against:
        return file
    stores = storage.stores(change.project_id)
    return file_diff(stores, *sight.revision, file.path, file.old_path, 1_000_000, whole=True) or file


def opened_file(change: Change, sight: Sight, file: FileDiff) -> FileDiff:
    """A file that was too big for the page, now that somebody has asked for just that one."""
    if not file.too_big or file.binary:
        return file
    revision = (sight.against.head_sha, sight.patch_set.head_sha) if sight.against else sight.revision
    return file_diff(storage.stores(change.project_id), *revision, file.path, file.old_path, whole=True) or file


def threads_for(change: Change, reader: Reader) -> list[Thread]:
    """Everything said, and what this reader has not sent yet."""
    return [view.thread for view in queries.threads_of(change, user=reader.user)]


@dataclass
class Placed:
    """Threads by where they stand; `open` counts the unresolved ones of each file."""

    change_level: str = ""
    under: dict[str, dict[tuple[str, int], str]] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    open_lines: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)

    def add(self, thread: Thread, spot: Spot, html: str, visible: set[tuple[str, int]]) -> None:
        if not spot.path:
            self.change_level += html
        elif spot.line and (spot.side, spot.line) in visible:
            row = self.under.setdefault(spot.path, {})
            row[(spot.side, spot.line)] = row.get((spot.side, spot.line), "") + html
        else:
            self.above[spot.path] = self.above.get(spot.path, "") + html
        if thread.state == OPEN and thread.published_at:
            self.open[spot.path] = self.open.get(spot.path, 0) + 1
            self._colour(spot)

    def _colour(self, spot: Spot) -> None:
        if spot.line:
            lines = self.open_lines.setdefault(spot.path, set())
            lines.update((spot.side, number) for number in range(spot.start or spot.line, spot.line + 1))


def visible_lines(file: FileDiff) -> set[tuple[str, int]]:
    lines = [line for hunk in file.hunks for line in hunk.lines]
    return {("old", line.old) for line in lines if line.old} | {("new", line.new) for line in lines if line.new}


def placed(change: Change, sight: Sight, reader: Reader, files: Iterable[FileDiff]) -> Placed:
    by_path = {file.path: file for file in files}
    found = Placed()
    visible: dict[str, set[tuple[str, int]]] = {}
    threads = threads_for(change, reader)
    for thread, at in zip(threads, spots_of(change.project, threads, sight), strict=True):
        spot = within(at, by_path)
        if spot.path and spot.path not in visible:
            visible[spot.path] = visible_lines(by_path[spot.path])
        found.add(thread, spot, thread_article(thread, spot, reader), visible.get(spot.path, set()))
    return found


def drawing(
    change: Change, sight: Sight, reader: Reader, files: Iterable[FileDiff], threads: Placed, *, split: bool = False
) -> Drawing:
    chips = {path: f'<span class="chip" data-tone="human">{count} open</span>' for path, count in threads.open.items()}
    return Drawing(
        url=f"/changes/{change.pk}/diff/?{sight.query}{'&view=split' if split else ''}",
        coloured=worth_colour(files),
        until=soon(),
        split=split,
        edit=f"/changes/{change.pk}/edit/" if reader.may_review else "",
        viewed=viewed_paths(change, reader, files),
        notes=chips,
        under=threads.under,
        above=threads.above,
        open_lines={path: frozenset(lines) for path, lines in threads.open_lines.items()},
    )


def worth_colour(files: Iterable[FileDiff]) -> bool:
    return changed_lines(files) <= COLOUR_UP_TO


def soon() -> float:
    return time.monotonic() + COLOUR_SECONDS


def patient(drawn: Drawing, files: Iterable[FileDiff]) -> Drawing:
    """For files asked for by name: these few are worth the time that the page did not have."""
    return replace(drawn, coloured=worth_colour(files), until=time.monotonic() + 10 * COLOUR_SECONDS)


def viewed_paths(change: Change, reader: Reader, files: Iterable[FileDiff]) -> frozenset[str]:
    """A mark holds for the contents it was set on; a file that changed since is unviewed by itself."""
    marks = queries.viewed_by(change, reader.user)
    return frozenset(file.path for file in files if marks.get(file.path) == file.new_blob)


def changed_since_viewed(change: Change, reader: Reader, files: Iterable[FileDiff]) -> frozenset[str]:
    marks = queries.viewed_by(change, reader.user)
    return frozenset(f.path for f in files if f.path in marks and marks[f.path] != f.new_blob)
