"""The board's quiet line of what work costs: today, with its budget, and in all. One query for all of it."""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.lib.prepared import Prepared
from teamboard.parts.cost import dollars
from teamboard.parts.marks import esc, safe
from teamboard.parts.registry import Frame, drawn_once, live_part
from teamboard.runs import costs
from teamboard.runs.cost_models import PROJECT_DAY
from teamboard.runs.models import Allowance, Budget, Spend

TOKENS = F("input_tokens") + F("output_tokens")


class Figures(NamedTuple):
    """None where nothing is known."""

    micros_today: int | None
    tokens_today: int | None
    micros: int | None
    tokens: int | None
    unpriced: int | None
    limit: int | None
    extra: int | None
    warn_share: float | None


def _sum(rows: "QuerySet[Any, Any]", what: Any) -> Subquery:
    return Subquery(rows.order_by().values("project").annotate(sum=Sum(what)).values("sum"))


@lru_cache(maxsize=2)
def _of_day(day: date) -> Prepared:
    def query(project: int) -> "QuerySet[Project, Any]":
        every = Spend.objects.filter(project=OuterRef("pk"))
        now = every.filter(day=day)
        budget = Budget.objects.filter(project=OuterRef("pk"), scope=PROJECT_DAY)
        more = Allowance.objects.filter(project=OuterRef("pk"), scope=PROJECT_DAY, day=day)
        figures = {
            "micros_today": _sum(now, "micros"),
            "tokens_today": _sum(now, TOKENS),
            "all_micros": _sum(every, "micros"),
            "all_tokens": _sum(every, TOKENS),
            "unpriced": _sum(every, "unpriced_tokens"),
            "most": Subquery(budget.values("micros")),
            "extra": _sum(more, "micros"),
            "warn_share": Subquery(budget.values("warn_share")),
        }
        return Project.objects.filter(pk=project).annotate(**figures).values_list(*figures)

    return Prepared(query)


def figures(project: Project) -> Figures:
    return Figures(*_of_day(costs.today()).rows(project.pk)[0])


def line(project: Project) -> str:
    now = figures(project)
    words = " · ".join(part for part in (_today(now), _in_all(now)) if part)
    tone = ' data-tone="human"' if _warns(now) else ""
    link = f'<a href="/p/{project.pk}/settings/#costs">{esc(words)}</a>' if words else ""
    return safe(f'<p class="pad small mute" id="board-cost"{tone}{"" if words else " hidden"}>{link}</p>')


def _today(now: Figures) -> str:
    if not now.tokens_today and not now.micros_today:
        return ""
    of = f" of {dollars(_limit(now))}" if now.limit is not None else ""
    return f"Today {_money(now.micros_today, now.tokens_today)}{of}"


def _in_all(now: Figures) -> str:
    if not now.tokens and not now.micros:
        return ""
    rest = f" and {now.unpriced:,} tokens without a price" if now.unpriced and now.micros is not None else ""
    return f"in all {_money(now.micros, now.tokens)}{rest}"


def _money(micros: int | None, tokens: int | None) -> str:
    return dollars(micros) if micros is not None else f"{tokens or 0:,} tokens at an unknown cost"


def _limit(now: Figures) -> int:
    return (now.limit or 0) + (now.extra or 0)


def _warns(now: Figures) -> bool:
    return now.limit is not None and (now.micros_today or 0) >= (now.warn_share or 1) * _limit(now)


@live_part(facts.SpendCounted, facts.CostRulesChanged, topic="board")
def frames(logged: Logged) -> list[Frame]:
    return _frames(logged.project)


@drawn_once
def _frames(pk: int) -> list[Frame]:
    return [Frame(f"board.{pk}", target="board-cost", html=line(Project.objects.get(pk=pk)))]
