"""What models cost: published prices with their source and date, for the endpoints that bill by them.

Dollars for a million tokens. A model stands here only if its maker's own page gave its price on the day named, the same
for prompts of every length. All others are unknown until an Architect enters a price; unknown is never 0. What is
written to a cache for an hour, which costs more, is counted at the price of five minutes.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

DATE = "2026-11-24"
SOURCE = "https://platform.claude.com/docs/en/about-claude/pricing"
_DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """`cached`: read from a cache; `written`: written to one. `label` says whose price it is and of when."""

    input: float
    output: float
    cached: float
    written: float
    label: str = f"table of {DATE}"

    def micros(self, *, input: int, output: int, cached: int, written: int) -> int:
        """Millionths of a dollar; `input` is all that went in, the other two are parts of it."""
        plain = max(0, input - cached - written)
        cost = plain * self.input + cached * self.cached + written * self.written + output * self.output
        return round(cost)


def _price(input: float, output: float, cached: float) -> Price:
    return Price(input=input, output=output, cached=cached, written=1.25 * input)


_ANTHROPIC = {
    **dict.fromkeys(
        ("claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"),
        _price(5, 25, 0.5),
    ),
    "claude-opus-5-5": _price(4, 20, 0.2),
    "claude-fable-5-1": _price(10, 50, 0.25),
    "claude-fable-5": _price(10, 50, 1),
    "claude-sonnet-5": _price(2, 10, 0.2),
    "claude-haiku-4-5": _price(1, 5, 0.1),
}
# Whoever answers under another address may bill as they like.
TABLES = {"api.anthropic.com": _ANTHROPIC}


def published(base_url: str, model: str) -> Price | None:
    """The price of a model, of this very day or of a dated name of it, where its own maker answers."""
    table = TABLES.get(urlsplit(base_url).hostname or "", {})
    return table.get(model) or table.get(_DATED.sub("", model))
