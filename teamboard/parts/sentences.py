"""Small pieces of sentences."""

from teamboard.accounts.models import RANK


def plural(number: int, word: str, many: str = "") -> str:
    return f"{number} {word if number == 1 else many or word + 's'}"


def at_least(role: str, wanted: str) -> bool:
    return RANK.get(role, 0) >= RANK[wanted]
