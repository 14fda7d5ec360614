"""What a run may still use: its own budget, its task's, its agent's and the project's for the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from teamboard.board.models import Agent, Project, Task
from teamboard.lib.refusal import Refused
from teamboard.runs import costs
from teamboard.runs.cost_models import AGENT_DAY, PER_RUN, PER_TASK, PROJECT_DAY, SCOPES
from teamboard.runs.models import Allowance, Budget, Run

USD, TOKENS = "usd", "tokens"
OF = {PER_RUN: "run", PER_TASK: "task", AGENT_DAY: "agent", PROJECT_DAY: "project"}
WORDS = {
    PER_RUN: "The budget of this run",
    PER_TASK: "The budget of its task",
    AGENT_DAY: "The budget of its agent for today",
    PROJECT_DAY: "The budget of the project for today",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far one budget is used. `limit` and `used` are tokens, or millionths of a dollar; `unpriced` are tokens
    without a price, which a budget of dollars cannot see."""

    scope: str
    subject: int
    day: date | None
    unit: str
    limit: int
    used: int
    unpriced: int
    warn_share: float

    @property
    def share(self) -> float:
        return self.used / self.limit if self.limit else 1.0

    @property
    def spent(self) -> bool:
        return self.used >= self.limit

    @property
    def warns(self) -> bool:
        return self.share >= self.warn_share


def standings(run: Run) -> list[Standing]:
    """Every budget that holds for the run, in the order of SCOPES."""
    return _standings(run.project_id, _subjects(run, run.task_id, run.agent_id, run.project_id), run.agent)


def standings_before(task: Task, agent: Agent) -> list[Standing]:
    """Those that hold for a run of the task which is not there yet."""
    return _standings(task.project_id, _subjects(None, task.pk, agent.pk, task.project_id), agent)


def standings_of_day(project: Project) -> list[Standing]:
    """The project's own, for today."""
    return _standings(project.pk, {PROJECT_DAY: project.pk}, None)


def spent(found: Iterable[Standing]) -> list[Standing]:
    return [one for one in found if one.spent]


def _subjects(run: Run | None, task: int, agent: int, project: int) -> dict[str, int]:
    own = {PER_RUN: run.pk} if run else {}
    return own | {PER_TASK: task, AGENT_DAY: agent, PROJECT_DAY: project}


def _standings(project: int, subjects: dict[str, int], agent: Agent | None) -> list[Standing]:
    budgets = {row.scope: row for row in Budget.objects.filter(project=project)}
    if agent is not None:
        budgets[PER_RUN] = _own_limits(budgets.get(PER_RUN), agent)
    found = []
    for scope in SCOPES:
        budget, subject = budgets.get(scope), subjects.get(scope)
        if budget is not None and subject is not None and (budget.micros is not None or budget.tokens is not None):
            found += _of_scope(project, budget, scope, subject)
    return found


def _own_limits(budget: Budget | None, agent: Agent) -> Budget:
    """An agent's own limits of a run come before those of the project."""
    row = Budget(scope=PER_RUN)
    if budget is not None:
        row.micros, row.tokens, row.warn_share = budget.micros, budget.tokens, budget.warn_share
    if (usd := agent.limits.get("usd")) is not None:
        row.micros = round(usd * costs.MICROS)
    if (tokens := agent.limits.get("tokens")) is not None:
        row.tokens = int(tokens)
    return row


def _of_scope(project: int, budget: Budget, scope: str, subject: int) -> list[Standing]:
    day = costs.today() if scope in (AGENT_DAY, PROJECT_DAY) else None
    which: dict[str, Any] = {OF[scope]: subject} | ({"day": day} if day else {})
    used = costs.cost_of(**which)
    more = Allowance.objects.filter(project=project, scope=scope, subject=subject, day=day)
    extra = more.aggregate(usd=Sum("micros"), tokens=Sum("tokens"))
    both = ((USD, budget.micros, used.micros or 0), (TOKENS, budget.tokens, used.tokens))
    return [
        Standing(
            scope=scope, subject=subject, day=day, unit=unit, limit=limit + (extra[unit] or 0), used=amount,
            unpriced=used.unpriced if unit == USD else 0, warn_share=budget.warn_share,
        )
        for unit, limit, amount in both
        if limit is not None
    ]  # fmt: skip


def words(one: Standing) -> str:
    """A sentence: which budget, how much, and how much of it is used."""
    return f"{WORDS[one.scope]} is {amount(one.unit, one.limit)}; {amount(one.unit, one.used)} are used."


def amount(unit: str, number: int) -> str:
    return f"${number / costs.MICROS:,.2f}" if unit == USD else f"{number:,} tokens"


def refuse_if_spent(found: Iterable[Standing]) -> None:
    """A run that could not do anything is not begun, and not resumed."""
    for one in spent(found):
        raise Refused(
            "over_budget", words(one), remedy="Raise it on the run, or under Settings, Cost.",
            details={"scope": one.scope, "unit": one.unit, "limit": one.limit, "used": one.used},
        )  # fmt: skip
