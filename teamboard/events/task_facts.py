"""Facts about cards; their runs and changes tell their own."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class TaskCreated(Fact):
    """A card came onto the board."""

    task: int


@dataclass(frozen=True, kw_only=True)
class TaskChanged(Fact):
    """A card's text, order, dependencies or stored state changed."""

    task: int


@dataclass(frozen=True, kw_only=True)
class TaskDeleted(Fact):
    """A card was taken off the board; `archived` refs of its work were kept for that (told beside task_changed)."""

    task: int
    archived: int


@dataclass(frozen=True, kw_only=True)
class TaskRestored(Fact):
    """A deleted card is back where it was (told beside task_changed)."""

    task: int
