"""Facts about what work costs."""

from dataclasses import dataclass

from teamboard.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class SpendCounted(Fact):
    """Tokens, money or time of a run's turn were counted."""

    task: int
    run: int


@dataclass(frozen=True, kw_only=True)
class CostRulesChanged(Fact):
    """A budget, an allowance beyond one, or the price of a model was set."""
