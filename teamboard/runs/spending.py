"""How a spend follows from what was counted. Pure: it changes the row it is given and saves nothing."""

from collections.abc import Callable
from typing import Any

from agents.contract import Usage
from agents.prices import Price
from teamboard.runs.models import Spend

DOOR, AGENT = "door", "agent"
PARTS = ("input", "output", "cached", "written")
MICROS = 1_000_000
PriceOf = Callable[[str], Price | None]


def add(row: Spend, usage: Usage, price_of: PriceOf) -> None:
    """Take in what was used since the last one, at the price that holds now."""
    tokens = {name: getattr(usage, f"{name}_tokens") for name in PARTS}
    if any(tokens.values()):
        price = price_of(usage.model)
        _merge(row.counted(usage.counted), usage.model, tokens, price)
    if usage.usd is not None:
        row.told_micros = (row.told_micros or 0) + round(usage.usd * MICROS)
    row.unread += usage.unread
    settle(row)


def _merge(known: list[dict[str, Any]], model: str, tokens: dict[str, int], price: Price | None) -> None:
    label = price.label if price else ""
    entry = next((one for one in known if (one["model"], one["price"]) == (model, label)), None)
    if entry is None:
        entry = {"model": model, "price": label, "micros": 0, **dict.fromkeys(PARTS, 0)}
        known.append(entry)
    for name in PARTS:
        entry[name] += tokens[name]
    if price is not None:
        entry["micros"] += price.micros(**tokens)


def price_late(row: Spend, model: str, price: Price) -> bool:
    """What had no price when it was used has this one now; False where nothing of that model is there."""
    late = [one for by in (DOOR, AGENT) for one in row.counted(by) if one["model"] == model and not one["price"]]
    for one in late:
        one |= {"price": price.label, "micros": price.micros(**{name: one[name] for name in PARTS})}
    settle(row)
    return bool(late)


def settle(row: Spend) -> None:
    """The door's tokens where it counted any, else the agent's. A price that the agent tells comes before the table."""
    told, through = row.counted(AGENT), row.counted(DOOR)
    counted, row.door = through or told, bool(through)
    row.input_tokens, row.output_tokens, row.cached_tokens = (_sum(counted, name) for name in PARTS[:3])
    row.told_tokens = _all(told) if through and told else None
    priced = [one for one in counted if one["price"]]
    if row.told_micros is not None:
        row.micros, row.money, row.unpriced_tokens = row.told_micros, Spend.AGENT, 0
    else:
        row.micros = _sum(priced, "micros") if priced else None
        row.money = Spend.TABLE if priced else ""
        row.unpriced_tokens = _all([one for one in counted if not one["price"]])


def _sum(entries: list[dict[str, Any]], name: str) -> int:
    return sum(int(one[name]) for one in entries)


def _all(entries: list[dict[str, Any]]) -> int:
    return _sum(entries, "input") + _sum(entries, "output")
