"""Facts of what agents call the board back for."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class AgentCalled(Fact):
    """An agent called one of the board's tools; what it said there is kept as a row."""

    task: int
    run: int
    call: int


@dataclass(frozen=True, kw_only=True)
class SuggestedTaskMoved(Fact):
    """An agent suggested a task, or a person accepted or dismissed it."""

    task: int
    run: int
    suggested: int
    state: str
