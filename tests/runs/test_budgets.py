"""Budgets: of a run, a task, an agent in a day and the project in a day; what holds up, and how it goes on."""

from typing import Any

import pytest

from agents.contract import Usage
from teamboard.lib.refusal import Refused
from teamboard.parts import deeds
from teamboard.runs import actions, budgets
from teamboard.runs.cost_models import AGENT_DAY, PER_RUN, PER_TASK, PROJECT_DAY
from teamboard.runs.models import Allowance, Run
from tests import factories
from tests.runs.test_talk import at_work

pytestmark = pytest.mark.django_db


def spent(run: Run) -> list[str]:
    return [one.scope for one in budgets.spent(budgets.standings(run))]


def with_budget(scope: str, **given: Any) -> tuple[Run, actions.Claim]:
    run, claim = at_work()
    actions.set_budget(run.project, scope, by=factories.ada(), **given)
    return run, claim


@pytest.mark.parametrize("scope", [PER_RUN, PER_TASK, AGENT_DAY, PROJECT_DAY])
def test_each_budget_counts_what_belongs_to_it(scope: str) -> None:
    run, claim = with_budget(scope, tokens=100, warn_share=0.5)
    actions.record_usage(claim, Usage(input_tokens=40))
    assert spent(run) == []
    others = {
        PER_RUN: factories.run(run.task, agent=run.agent),
        PER_TASK: factories.run(factories.task(run.project), agent=run.agent),
        AGENT_DAY: factories.run(run.task, agent=factories.agent(run.project)),
        PROJECT_DAY: factories.run(),
    }
    other = actions.Claim(factories.step(others[scope], attempt=1), 1)
    actions.record_usage(other, Usage(input_tokens=500))
    [standing] = budgets.standings(run)
    assert (standing.used, standing.warns, standing.spent) == (40, False, False)
    actions.record_usage(claim, Usage(output_tokens=20))
    [standing] = budgets.standings(run)
    assert (standing.used, standing.warns, standing.spent) == (60, True, False)
    actions.record_usage(claim, Usage(output_tokens=40))
    assert spent(run) == [scope]


def test_dollars_count_only_what_has_a_price_and_that_is_said() -> None:
    run, claim = with_budget(PER_RUN, usd="1.50")
    actions.record_usage(claim, Usage(input_tokens=5000))
    [standing] = budgets.standings(run)
    assert (standing.limit, standing.used, standing.unpriced) == (1_500_000, 0, 5000)
    actions.record_usage(claim, Usage(usd=1.5))
    assert spent(run) == [PER_RUN]


def test_an_agents_own_limits_of_a_run_come_first() -> None:
    run, claim = with_budget(PER_RUN, tokens=100)
    run.agent.limits = {"tokens": 10}
    run.agent.save()
    actions.record_usage(claim, Usage(input_tokens=10))
    assert spent(run) == [PER_RUN]


def held_up(scope: str = PER_TASK) -> Run:
    run, claim = with_budget(scope, tokens=100)
    actions.record_usage(claim, Usage(input_tokens=130))
    actions.fail_step(claim, "over_budget", budgets.words(budgets.standings(run)[0]))
    run.refresh_from_db()
    return run


def test_nothing_is_begun_or_resumed_beyond_a_budget() -> None:
    run = held_up()
    with pytest.raises(Refused, match="The budget of its task is 100 tokens; 130 tokens are used"):
        actions.resume_run(run, by=factories.ada())
    with pytest.raises(Refused) as refused:
        actions.start_run(run.task, by=factories.ada())
    assert refused.value.code == "over_budget"


def test_more_is_allowed_from_here_and_the_run_goes_on() -> None:
    run = held_up()
    shown = deeds.acts(run)
    assert "A budget is used up" in shown
    assert f'data-post="/runs/{run.pk}/allow/"' in shown
    assert 'name="tokens" value="100"' in shown
    with pytest.raises(Refused, match="how much more"):
        actions.allow_more(run, by=factories.ada(), usd="5")
    run = actions.allow_more(run, by=factories.ada(), tokens="50")
    assert (run.state, run.failure_code) == ("running", "")
    assert run.steps.order_by("seq").last().kind == "work"  # type: ignore[union-attr]
    [standing] = budgets.standings(run)
    assert (standing.limit, standing.used) == (180, 130)
    given = Allowance.objects.get()
    assert (given.scope, given.subject, given.day, given.given_by) == (PER_TASK, run.task_id, None, factories.ada())


def test_room_of_a_day_is_of_that_day() -> None:
    run = held_up(PROJECT_DAY)
    actions.allow_more(run, by=factories.ada(), tokens=50)
    given = Allowance.objects.get()
    assert given.day is not None
    given.day = given.day.replace(year=2020)
    given.save()
    assert spent(run) == [PROJECT_DAY]


def test_only_an_architect_sets_budgets_and_prices() -> None:
    run = held_up()
    rui = factories.rui(run.project)
    for deed in (
        lambda: actions.allow_more(run, by=rui, tokens=5),
        lambda: actions.set_budget(run.project, PER_RUN, by=rui, tokens=5),
        lambda: actions.set_price(run.project, "m", by=rui, input=1, output=1),
        lambda: actions.remove_price(run.project, "m", by=rui),
    ):
        with pytest.raises(Refused, match="Only an Architect"):
            deed()


@pytest.mark.parametrize("given", [{"tokens": "-5"}, {"usd": "much"}, {"tokens": "0"}, {"usd": "nan"}])
def test_an_amount_that_is_none_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Refused, match="is not an amount"):
        actions.set_budget(factories.project(), PER_RUN, by=factories.ada(), **given)


def test_a_share_that_is_none_and_a_scope_that_is_none_are_refused() -> None:
    with pytest.raises(Refused, match="between 0 and 1"):
        actions.set_budget(factories.project(), PER_RUN, by=factories.ada(), tokens=5, warn_share=2)
    with pytest.raises(Refused, match="no budget of"):
        actions.set_budget(factories.project(), "week", by=factories.ada(), tokens=5)


def test_within_budget_there_is_nothing_to_raise() -> None:
    run, _ = with_budget(PER_RUN, tokens=100)
    with pytest.raises(Refused, match="No budget holds this run up"):
        actions.allow_more(run, by=factories.ada(), tokens=5)
