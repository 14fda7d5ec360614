"""Facts about the machine that the board runs on."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class AgentsHalted(Fact):
    """The emergency stop was pulled or released: told to every project and to the instance (project 0)."""

    halted: bool


@dataclass(frozen=True, kw_only=True)
class IsolationChanged(Fact):
    """Running without a sandbox was accepted in words, or no longer is: told like the emergency stop."""

    accepted: bool


@dataclass(frozen=True, kw_only=True)
class DiskChanged(Fact):
    """What a project takes of the disk was measured anew, or somebody asked to collect what is not needed."""


@dataclass(frozen=True, kw_only=True)
class LocksRemoved(Fact):
    """Lock files that a killed git had left in the board's own stores were removed."""

    locks: str
