"""State moves by compare-and-set over a table of allowed moves. The only place that writes a state."""

from typing import Any


class StaleState(Exception):
    """Somebody else moved the row first."""


class IllegalMove(Exception):
    """The move table does not allow this move: a bug in the caller."""


class StateMachine:
    """A move table for one field of one model.

    `moves` maps each state to the states that may follow it; a state that is missing as a key is final.
    """

    def __init__(self, moves: dict[str, set[str]], *, field: str = "state") -> None:
        self.moves = moves
        self.field = field
        self.states = set(moves) | {to for targets in moves.values() for to in targets}

    def choices(self) -> list[tuple[str, str]]:
        return [(state, state) for state in sorted(self.states)]

    def allows(self, old: str, new: str) -> bool:
        return new in self.moves.get(old, set())

    def move(self, row: Any, to: str, *, where: dict[str, Any] | None = None, **fields: Any) -> None:
        """Move `row` to `to` if it is still where we last saw it (and `where` holds); write `fields` along.

        Raises IllegalMove when the table forbids it and StaleState when no row matched.
        """
        old = getattr(row, self.field)
        if not self.allows(old, to):
            raise IllegalMove(f"{type(row).__name__} {row.pk}: {old} -> {to}")
        rows = type(row)._base_manager.filter(pk=row.pk, **{self.field: old}, **(where or {}))
        if rows.update(**{self.field: to}, **fields) == 0:
            raise StaleState(f"{type(row).__name__} {row.pk} is no longer {old}")
        for name, value in {self.field: to, **fields}.items():
            setattr(row, name, value)
