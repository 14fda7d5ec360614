"""Where a thread stands in the diff that is being read; never lost: from its line to its file, to its change."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from teamboard.board.models import Project
from teamboard.git.anchors import Position, Side, port
from teamboard.reviews import storage
from teamboard.reviews.models import PatchSet, Thread

FILE, CHANGE, ELSEWHERE = "file", "change", "elsewhere"


@dataclass(frozen=True)
class Spot:
    """`kind`: exact, moved, drifted, file, change, or elsewhere: in a file that this diff does not show.

    `line` is the last line of the range, None without one.
    """

    path: str
    side: str
    start: int | None
    line: int | None
    kind: str


@dataclass(frozen=True)
class Sight:
    """What is being read: a patch set against its base, or against an earlier patch set."""

    patch_set: PatchSet
    against: PatchSet | None = None

    @property
    def revision(self) -> tuple[str, str]:
        return self.patch_set.base_sha, self.patch_set.head_sha

    @property
    def query(self) -> str:
        earlier = f"&against={self.against.number}" if self.against else ""
        return f"ps={self.patch_set.number}{earlier}"


def spot_of(project: Project, thread: Thread, sight: Sight) -> Spot:
    if not thread.path:
        return Spot("", thread.side, None, None, CHANGE)
    written = (thread.patch_set.base_sha, thread.patch_set.head_sha)
    start, end = thread.start_line, thread.end_line or thread.start_line
    if sight.against and thread.side == "old":
        # Between two patch sets the left side is not the base this was written on.
        return Spot(thread.path, thread.side, None, None, FILE)
    if written == sight.revision:
        return Spot(thread.path, thread.side, start, end, "exact")
    return _ported(project.pk, thread.path, thread.side, start, end, thread.anchor_text, written, sight.revision)


@lru_cache(maxsize=20_000)
def _ported(
    project: int,
    path: str,
    side: str,
    start: int | None,
    end: int | None,
    text: str,
    written: tuple[str, str],
    read: tuple[str, str],
) -> Spot:
    """Both revisions are immutable, so an answer holds for good."""
    at = Position(path, cast(Side, side), start, end, text)
    found = port(storage.stores(project), at, from_=written, to=read)
    return Spot(found.path, found.side, found.start, found.end, found.kind)


def within(spot: Spot, shown: Sequence[str]) -> Spot:
    """A thread on a file that this diff does not show stands with the change."""
    return spot if not spot.path or spot.path in shown else Spot("", spot.side, spot.start, spot.line, ELSEWHERE)
