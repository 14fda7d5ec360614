"""Where a thread stands in the diff that is being read; never lost: from its line to its file, to its change."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import cast

from teamboard.board.models import Project
from teamboard.git.anchors import Position, Side, port_all
from teamboard.reviews import storage
from teamboard.reviews.models import PatchSet, Thread

Revision = tuple[str, str]
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
    def revision(self) -> Revision:
        return self.patch_set.base_sha, self.patch_set.head_sha

    @property
    def query(self) -> str:
        earlier = f"&against={self.against.number}" if self.against else ""
        return f"ps={self.patch_set.number}{earlier}"


# Both revisions are immutable, so where a position went is known for good.
_Key = tuple[int, Position, Revision, Revision]
_known: dict[_Key, Position] = {}
_MOST_KNOWN = 20_000


def spot_of(project: Project, thread: Thread, sight: Sight) -> Spot:
    return spots_of(project, [thread], sight)[0]


def spots_of(project: Project, threads: Sequence[Thread], sight: Sight) -> list[Spot]:
    """Where each thread stands, in order; git is asked once for each patch set that was written on."""
    asked: dict[Revision, list[Position]] = {}
    for thread in threads:
        if _is_ported(thread, sight) and _key(project, thread, sight) not in _known:
            asked.setdefault(_written(thread), []).append(_position(thread))
    for written, positions in asked.items():
        _learn(project, positions, written, sight.revision)
    return [_spot(project, thread, sight) for thread in threads]


def _learn(project: Project, positions: list[Position], written: Revision, read: Revision) -> None:
    if len(_known) > _MOST_KNOWN:
        _known.clear()
    found = port_all(storage.stores(project.pk), positions, from_=written, to=read)
    for before, after in zip(positions, found, strict=True):
        _known[project.pk, before, written, read] = after


def _spot(project: Project, thread: Thread, sight: Sight) -> Spot:
    if not thread.path:
        return Spot("", thread.side, None, None, CHANGE)
    if sight.against and thread.side == "old":
        # Between two patch sets the left side is not the base this was written on.
        return Spot(thread.path, thread.side, None, None, FILE)
    if not _is_ported(thread, sight):
        return Spot(thread.path, thread.side, thread.start_line, thread.end_line or thread.start_line, "exact")
    at = _known[_key(project, thread, sight)]
    return Spot(at.path, at.side, at.start, at.end, at.kind)


def _is_ported(thread: Thread, sight: Sight) -> bool:
    between = sight.against is not None and thread.side == "old"
    return bool(thread.path) and not between and _written(thread) != sight.revision


def _written(thread: Thread) -> Revision:
    return thread.patch_set.base_sha, thread.patch_set.head_sha


def _position(thread: Thread) -> Position:
    end = thread.end_line or thread.start_line
    return Position(thread.path, cast(Side, thread.side), thread.start_line, end, thread.anchor_text)


def _key(project: Project, thread: Thread, sight: Sight) -> _Key:
    return project.pk, _position(thread), _written(thread), sight.revision


def within(spot: Spot, shown: Container[str]) -> Spot:
    """A thread on a file that this diff does not show stands with the change."""
    return spot if not spot.path or spot.path in shown else Spot("", spot.side, spot.start, spot.line, ELSEWHERE)
