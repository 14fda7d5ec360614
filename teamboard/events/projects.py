"""Facts about projects as a whole."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class ProjectOpened(Fact):
    """A repository was registered; its stores are being filled."""


@dataclass(frozen=True, kw_only=True)
class ProjectReady(Fact):
    """The stores of a project hold its target, or opening failed with a reason."""

    ok: bool


@dataclass(frozen=True, kw_only=True)
class ProjectListed(Fact):
    """The list of projects shows another one, or another state of one (project 0)."""

    listed: int


@dataclass(frozen=True, kw_only=True)
class UpstreamLost(Fact):
    """The upstream cannot be read any more, or (not `lost`) can be read again."""

    lost: bool
