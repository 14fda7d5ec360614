"""Setting budgets, and giving one run, task, agent or project room beyond them."""

from typing import Any

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.board.models import Project
from teamboard.events.bus import publish
from teamboard.events.catalogue import CostRulesChanged
from teamboard.lib.refusal import Refused
from teamboard.runs import budgets, costs
from teamboard.runs.actions.moves import lock_run
from teamboard.runs.actions.rounds import resume_run
from teamboard.runs.cost_models import SCOPES
from teamboard.runs.models import Allowance, Budget, Run
from teamboard.runs.states import FAILED

_MOST = 10**12


@transaction.atomic
def set_budget(
    project: Project, scope: str, *, by: User, usd: Any = None, tokens: Any = None, warn_share: Any = None
) -> Budget:
    """None (or empty) is no budget of that unit. It holds for what is at work already, from its next use on."""
    rights.require(by, project, ARCHITECT, "set budgets")
    if scope not in SCOPES:
        raise _wrong(f"There is no budget of “{scope}”.", f"Use {', '.join(SCOPES)}.", "scope")
    dollars, share = _number("usd", usd), _number("warn_share", warn_share)
    number = _number("tokens", tokens)
    fields = {
        "micros": None if dollars is None else round(dollars * costs.MICROS),
        "tokens": None if number is None else int(number),
        "warn_share": 0.8 if share is None else share,
    }
    if not 0 < float(fields["warn_share"] or 0) <= 1:
        raise _wrong("The share that warns lies between 0 and 1.", "Give 0.8 to warn at 80 %.", "warn_share")
    row, _ = Budget.objects.update_or_create(project=project, scope=scope, defaults=fields)
    publish(CostRulesChanged(project=project.pk), actor=by.actor)
    return row


def _number(name: str, given: Any) -> float | None:
    if given is None or given == "":
        return None
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = -1
    if not 0 < value < _MOST:
        raise _wrong(f"“{given}” is not an amount.", f"Give {name} as a number above 0, or leave it out.", name)
    return value


def _wrong(message: str, remedy: str, field: str) -> Refused:
    return Refused("invalid", message, remedy=remedy, status=422, details={"field": field})


@transaction.atomic
def allow_more(run: Run, *, by: User, usd: Any = None, tokens: Any = None) -> Run:
    """Give every budget that holds the run up this much room from here, and go on with it."""
    run = lock_run(run.pk)
    rights.require(by, run.project, ARCHITECT, "raise a budget")
    held = budgets.spent(budgets.standings(run))
    if not held:
        remedy = "Resume it." if run.state == FAILED else "Nothing has to be raised."
        raise Refused("within_budget", "No budget holds this run up.", remedy=remedy)
    dollars, number = _number("usd", usd), _number("tokens", tokens)
    room = {budgets.USD: round((dollars or 0) * costs.MICROS), budgets.TOKENS: int(number or 0)}
    for one in held:
        if not room[one.unit]:
            raise Refused(
                "invalid", budgets.words(one), remedy=f"Say how much more it may use in {one.unit}.", status=422,
                details={"field": one.unit},
            )  # fmt: skip
        _allow(run, one, one.used - one.limit + room[one.unit], by)
    publish(CostRulesChanged(project=run.project_id), actor=by.actor)
    return resume_run(run, by=by) if run.state == FAILED else run


def _allow(run: Run, one: budgets.Standing, extra: int, by: User) -> None:
    given = {"micros": extra} if one.unit == budgets.USD else {"tokens": extra}
    Allowance.objects.create(
        project_id=run.project_id, scope=one.scope, subject=one.subject, day=one.day, given_by=by, **given
    )
