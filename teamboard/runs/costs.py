"""Reads over what was used: sums of spends, for a step as for a whole project."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from agents.prices import Price
from teamboard.board.models import Project
from teamboard.runs.models import ModelPrice, Spend

MICROS = 1_000_000
BY = ("step", "run", "task", "agent", "day")
_BOTH = Q(told_tokens__isnull=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A sum. `micros` (of a dollar) is None where no money is known, and `unpriced` are tokens without a price.

    `by_agent` and `by_table` count the spends whose money is of that kind. `told` is what agents say they used and
    `counted` what the door counted, for the spends that have both. `millis` of its turns include `waited`, for people.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    micros: int | None = None
    unpriced: int = 0
    unread: int = 0
    by_agent: int = 0
    by_table: int = 0
    through_door: int = 0
    by_itself: int = 0
    told: int = 0
    counted: int = 0
    millis: int = 0
    waited: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        """Unknown money stays unknown beside unknown money only."""
        names = [one.name for one in fields(Cost)]
        sums: dict[str, Any] = {name: (getattr(self, name) or 0) + (getattr(other, name) or 0) for name in names}
        if self.micros is None and other.micros is None:
            sums["micros"] = None
        return Cost(**sums)

    @property
    def tokens(self) -> int:
        return self.input + self.output

    @property
    def seconds(self) -> float:
        """At work: without the time in which it waited for people."""
        return max(0, self.millis - self.waited) / 1000

    @property
    def difference(self) -> int:
        """What agents say they used beyond what the door counted; below 0 where they say less."""
        return self.told - self.counted

    @property
    def empty(self) -> bool:
        return not (self.tokens or self.micros or self.unread)


_SUMS: dict[str, Any] = {
    "input": Sum("input_tokens"),
    "output": Sum("output_tokens"),
    "cached": Sum("cached_tokens"),
    "micros": Sum("micros"),
    "unpriced": Sum("unpriced_tokens"),
    "unread": Sum("unread"),
    "by_agent": Count("pk", filter=Q(money=Spend.AGENT)),
    "by_table": Count("pk", filter=Q(money=Spend.TABLE)),
    "through_door": Count("pk", filter=Q(door=True)),
    "by_itself": Count("pk", filter=Q(door=False, input_tokens__gt=0)),
    "told": Sum("told_tokens", filter=_BOTH),
    "counted": Sum(F("input_tokens") + F("output_tokens"), filter=_BOTH),
    "millis": Sum("millis"),
    "waited": Sum("waited_millis"),
}
# The names of columns and of sums are different words, for a sum may not be called like a column.
_AS = {f"sum_{name}": what for name, what in _SUMS.items()}


def today() -> date:
    """Days are counted in UTC, for everybody alike."""
    return datetime.now(UTC).date()


def cost_of(**which: Any) -> Cost:
    """The sum over the spends of a `run`, `task`, `agent`, `project`, `day`, or of several of these."""
    return _cost(Spend.objects.filter(**which).aggregate(**_AS))


def costs_by(by: str, **which: Any) -> dict[Any, Cost]:
    """One sum for each `by` (one of BY) among those spends."""
    rows: QuerySet[Spend, Any] = Spend.objects.filter(**which).order_by(by).values(by).annotate(**_AS)
    return {row[by]: _cost(row) for row in rows}


def _cost(row: dict[str, Any]) -> Cost:
    found = {field.name: row[f"sum_{field.name}"] for field in fields(Cost)}
    return Cost(**{name: value for name, value in found.items() if value is not None})


def usage_of(cost: Cost) -> dict[str, Any]:
    """What a run keeps of its own sum."""
    tokens = {"input_tokens": cost.input, "output_tokens": cost.output, "cached_tokens": cost.cached}
    return tokens | ({} if cost.micros is None else {"usd": cost.micros / MICROS})


def price_labels(spends: Iterable[Spend]) -> list[str]:
    """By which prices their money was made, those of the agents themselves aside."""
    entries = [
        one
        for row in spends
        if row.money == Spend.TABLE
        for one in (row.counts.get("door") or row.counts.get("agent") or [])
    ]
    return sorted({one["price"] for one in entries if one["price"]})


def entered(row: ModelPrice) -> Price:
    label = f"an Architect on {row.entered_at:%Y-%m-%d}"
    return Price(input=row.input, output=row.output, cached=row.cached, written=row.written, label=label)


def models_without_price(project: Project) -> list[str]:
    """Names that models answered with, whose tokens nothing prices yet."""
    rows = Spend.objects.filter(project=project, unpriced_tokens__gt=0).values_list("counts", flat=True)
    entries = [one for counts in rows for one in [*counts.get("door", []), *counts.get("agent", [])]]
    return sorted({one["model"] for one in entries if one["model"] and not one["price"]})
