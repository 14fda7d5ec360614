"""Settings, Cost: budgets, prices, and what each agent used."""

from typing import Any

from django.template.loader import render_to_string

from agents import prices
from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import cost
from teamboard.parts.marks import safe
from teamboard.parts.registry import Frame, drawn_once, live_part
from teamboard.reviews import ledger
from teamboard.runs import budgets, costs
from teamboard.runs.cost_models import AGENT_DAY, PER_RUN, PER_TASK, PROJECT_DAY, SCOPES
from teamboard.runs.models import Budget

NEWEST = 20
LABELS = {
    PER_RUN: ("A run", "Its agent's own limits come first."),
    PER_TASK: ("A task", "All runs of it together."),
    AGENT_DAY: ("An agent in a day", "Each agent, all its runs. Days are counted in UTC."),
    PROJECT_DAY: ("The project in a day", "All agents together."),
}


def panel(project: Project) -> str:
    values = {
        "project": project,
        "budgets": [_budget(scope, row) for scope, row in _rows(project).items()],
        "agents": _agents(project),
        "ledger": _ledger(project),
        "prices": list(project.model_prices.select_related("entered_by")),
        "published": prices,
    }
    return safe(render_to_string("settings/costs.html", values))


def _rows(project: Project) -> dict[str, Budget]:
    known = {row.scope: row for row in project.budgets.all()}
    return {scope: known.get(scope) or Budget(project=project, scope=scope) for scope in SCOPES}


def _budget(scope: str, row: Budget) -> dict[str, Any]:
    given = [
        budgets.amount(unit, number)
        for unit, number in ((budgets.USD, row.micros), (budgets.TOKENS, row.tokens))
        if number is not None
    ]
    label, rule = LABELS[scope]
    share = f"says so at {row.warn_share:.0%}, stops at the whole" if given else ""
    return {"label": label, "rule": rule, "given": " and ".join(given) or "no budget", "share": share}


def _agents(project: Project) -> list[dict[str, Any]]:
    """Who used anything: today, and in all."""
    ever = costs.costs_by("agent", project=project.pk)
    now = costs.costs_by("agent", project=project.pk, day=costs.today())
    rows = project.agents.filter(pk__in=ever).order_by("name")
    return [
        {
            "name": agent.name,
            "today": " · ".join(cost.spoken(now[agent.pk])) if agent.pk in now else "nothing",
            "ever": " · ".join(cost.spoken(ever[agent.pk])),
            "whose": cost.whose(ever[agent.pk]),
        }
        for agent in rows
    ]


def _ledger(project: Project) -> dict[str, Any]:
    """What each of the newest merged changes took, and what all of them took together with what came to nothing."""
    found = ledger.of_project(project)
    many = len(found.entries)
    each = [cost.dollars(found.total.micros // many)] if many and found.total.micros is not None else []
    each += [cost.took(found.total.seconds / many)] if many and found.total.seconds else []
    return {
        "rows": [
            {"change": one.change, "words": " · ".join(cost.spoken(one.cost)) or "nothing counted", "entry": one}
            for one in found.entries[:NEWEST]
        ],
        "merged": many,
        "each": " and ".join(each),
        "thrown_away": found.thrown_away,
        "rest": " · ".join(cost.spoken(found.rest)),
    }


def budgets_form(project: Project) -> dict[str, Any]:
    """What the form begins with; empty is no budget."""
    rows = [
        {
            "scope": scope,
            "label": LABELS[scope][0],
            "usd": "" if row.micros is None else f"{row.micros / costs.MICROS:.2f}",
            "tokens": "" if row.tokens is None else row.tokens,
        }
        for scope, row in _rows(project).items()
    ]
    share = next((row.warn_share for row in project.budgets.all()), 0.8)
    return {"project": project, "rows": rows, "percent": round(100 * share)}


def prices_form(project: Project) -> dict[str, Any]:
    """Models that were used without a price come first."""
    return {"project": project, "unpriced": costs.models_without_price(project), "prices": project.model_prices.all()}


@live_part(
    facts.SpendCounted,
    facts.CostRulesChanged,
    facts.AgentChanged,
    facts.ChangeMoved,
    facts.RunCreated,
    facts.RunMoved,
    topic="settings",
)
def frames(logged: Logged) -> list[Frame]:
    return _frames(logged.project)


@drawn_once
def _frames(pk: int) -> list[Frame]:
    found = Project.objects.filter(pk=pk)
    return [Frame(f"settings.{pk}", target="costs", html=panel(project)) for project in found]
