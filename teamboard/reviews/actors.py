"""Who did it, as the log writes it."""

from teamboard.accounts.models import User
from teamboard.board.models import Agent


def actor(by: User | Agent | None) -> str:
    if by is None:
        return "board"
    return f"user:{by.pk}" if isinstance(by, User) else f"agent:{by.pk}"
