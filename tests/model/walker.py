"""Walk through a state machine's rules by a seed of our own: Hypothesis repeats itself too much to be fast.

Every rule that may be taken now is equally likely, and so is every value of its arguments.
"""

from random import Random
from typing import Any

from hypothesis.strategies import SearchStrategy

from tests.model.board_machine import Board


def walk(kind: type[Board], seed: int, *, steps: int, begin: dict[str, Any] | None = None) -> Board:
    """One world: the beginning (or as much of it as is given), some rules, and the rest."""
    dice = Random(seed)
    machine = kind()
    try:
        for rule in kind.setup_state().initializers:
            rule.function(machine, **drawn(rule.arguments_strategies, dice) | (begin or {}))
        for _ in range(steps):
            open_now = [rule for rule in machine.rules if all(holds(machine) for holds in rule.preconditions)]
            rule = dice.choice(open_now)
            rule.function(machine, **drawn(rule.arguments_strategies, dice))
    except BaseException:
        machine.leave()
        raise
    machine.teardown()
    return machine


def drawn(strategies: dict[str, SearchStrategy[Any]], dice: Random) -> dict[str, Any]:
    return {name: _one(strategy, dice) for name, strategy in sorted(strategies.items())}


def _one(strategy: Any, dice: Random) -> Any:
    plain = getattr(strategy, "wrapped_strategy", strategy)
    if hasattr(plain, "elements"):
        return dice.choice(list(plain.elements))
    if hasattr(plain, "start"):
        return dice.randint(plain.start, plain.end)
    return dice.random() < 0.5
