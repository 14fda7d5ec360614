"""Facts about agents themselves; their runs tell their own."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class AgentChanged(Fact):
    """An agent was added or edited."""

    agent: int


@dataclass(frozen=True, kw_only=True)
class TryoutMoved(Fact):
    """An agent's tryout was asked for or came to its end."""

    agent: int
    running: bool
