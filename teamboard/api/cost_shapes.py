"""Costs, budgets and prices as JSON."""

from typing import Any

from agents import prices as published
from teamboard.api.shapes import when
from teamboard.board.models import Project
from teamboard.reviews import ledger
from teamboard.runs import budgets, costs
from teamboard.runs.budgets import Standing
from teamboard.runs.cost_models import SCOPES
from teamboard.runs.costs import MICROS, Cost
from teamboard.runs.models import Budget

Json = dict[str, Any]
NOTHING = Cost()


def cost(found: Cost) -> Json:
    through = ["door"] * bool(found.through_door) + ["agent"] * bool(found.by_itself)
    return {
        "input_tokens": found.input,
        "output_tokens": found.output,
        "cached_tokens": found.cached,
        "usd": _dollars(found.micros),
        "unpriced_tokens": found.unpriced,
        "unread_answers": found.unread,
        "money": ["agent"] * bool(found.by_agent) + ["table"] * bool(found.by_table),
        "counted_by": through,
        "agent_told_more": found.difference,
        "seconds": found.seconds,
        "waited_seconds": found.waited / 1000,
    }


def _dollars(micros: int | None) -> float | None:
    return None if micros is None else micros / MICROS


def by(project: Project, word: str) -> Json:
    rows = costs.costs_by(word, project=project.pk)
    of = [{"of": str(key), "cost": cost(found)} for key, found in rows.items()]
    return {"by": word, "total": cost(costs.cost_of(project=project.pk)), "rows": of}


def standing(one: Standing) -> Json:
    unit = MICROS if one.unit == budgets.USD else 1
    return {
        "scope": one.scope,
        "unit": one.unit,
        "limit": one.limit / unit,
        "used": one.used / unit,
        "share": round(one.share, 4),
        "state": "spent" if one.spent else "warns" if one.warns else "ok",
        "unpriced_tokens": one.unpriced,
    }


def budgets_of(project: Project) -> list[Json]:
    known = {row.scope: row for row in project.budgets.all()}
    return [budget(known.get(scope) or Budget(scope=scope)) for scope in SCOPES]


def budget(row: Budget) -> Json:
    amounts = {"usd": _dollars(row.micros), "tokens": row.tokens}
    return {"scope": row.scope, **amounts, "warn_share": row.warn_share}


def prices(project: Project) -> Json:
    names = ("model", "input", "output", "cached", "written")
    rows = project.model_prices.all()
    table = {"date": published.DATE, "source": published.SOURCE, "hosts": sorted(published.TABLES)}
    return {
        "entered": [
            {name: getattr(row, name) for name in names} | {"entered_at": when(row.entered_at)} for row in rows
        ],
        "published": table,
        "without_price": costs.models_without_price(project),
    }


def ledger_of(project: Project) -> Json:
    found = ledger.of_project(project)
    return {
        "merged": [
            {
                "change": one.change.pk,
                "title": one.change.title,
                "cost": cost(one.cost),
                "runs": one.runs,
                "thrown_away": one.thrown_away,
            }
            for one in found.entries
        ],
        "rest": cost(found.rest),
        "total": cost(found.total),
        "thrown_away": found.thrown_away,
    }
