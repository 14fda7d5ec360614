"""Where a landing happens: one project's stores and upstream, and what the tick has done there."""

from dataclasses import dataclass, field

from teamboard.board.models import Project
from teamboard.git.stores import Stores
from teamboard.git.upstream import Upstream


@dataclass(slots=True)
class Ticked:
    """What a tick did, for whoever called it: entry ids, and whether somebody else held the lock."""

    landed: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One project's stores and upstream."""

    project: Project
    stores: Stores
    upstream: Upstream
    ticked: Ticked

    @property
    def target(self) -> str:
        return self.project.target
