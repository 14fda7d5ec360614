"""What turns used: counted once, priced by whoever knows, and the same sum from whichever side it is added up."""

from datetime import date
from typing import Any

import pytest

from agents import prices
from agents.contract import Usage
from teamboard.lib.refusal import Refused
from teamboard.parts import cost as words
from teamboard.runs import actions, costs
from teamboard.runs.costs import Cost, cost_of
from teamboard.runs.models import Run, Spend
from tests import factories

pytestmark = pytest.mark.django_db

DOLLAR = 1_000_000
MAKER = {"base_url": "https://api.anthropic.com"}


def claim_of(run: Run, **fields: Any) -> actions.Claim:
    return actions.Claim(factories.step(run, state="running", attempt=1, fence=1, **fields), 1)


def use(run: Run, *used: Usage, **fields: Any) -> Cost:
    claim = claim_of(run, **fields)
    for usage in used:
        actions.record_usage(claim, usage)
    return cost_of(step=claim.step.pk)


def door(model: str = "claude-haiku-4-5", **fields: Any) -> Usage:
    return Usage(counted="door", model=model, **fields)


def at_maker(**fields: Any) -> Run:
    task = factories.task()
    return factories.run(task, agent=factories.agent(task.project, endpoint=MAKER, **fields))


def test_the_same_sum_from_every_side(monkeypatch: pytest.MonkeyPatch) -> None:
    project = factories.project()
    agents = [factories.agent(project), factories.agent(project, model="own")]
    for number in range(12):
        monkeypatch.setattr(costs, "today", lambda day=1 + number % 3: date(2026, 11, day))
        task = project.tasks.first() if number % 2 else factories.task(project)
        claim = claim_of(factories.run(task, agent=agents[number % 2]))
        told = Usage(input_tokens=7 * number, output_tokens=number, cached_tokens=number, usd=number / 7 or None)
        actions.record_usage(claim, told)
        actions.record_usage(claim, door(input_tokens=5 * number, output_tokens=2))
        actions.record_time(claim, 1.25 * number, 0.1)
    whole = cost_of(project=project.pk)
    assert whole.input == 5 * 66
    for by in costs.BY:
        parts = costs.costs_by(by, project=project.pk).values()
        assert len(parts) > 1, by
        for name in ("input", "output", "cached", "micros", "unpriced", "millis", "waited", "told", "counted"):
            assert sum(getattr(part, name) or 0 for part in parts) == getattr(whole, name), (by, name)
    kept = [run.usage for run in Run.objects.all()]
    assert sum(usage["input_tokens"] for usage in kept) == whole.input
    assert round(sum(usage.get("usd", 0) for usage in kept) * DOLLAR) == whole.micros


def test_the_door_wins_and_the_difference_is_shown() -> None:
    run = at_maker()
    before = use(run, Usage(input_tokens=900, output_tokens=100))
    assert (before.tokens, before.through_door, before.difference) == (1000, 0, 0)
    both = use(run, Usage(input_tokens=900, output_tokens=100), door(input_tokens=1000, output_tokens=150))
    assert (both.input, both.output, both.through_door, both.difference) == (1000, 150, 1, -150)
    assert "150 tokens fewer than the door counted" in words.of_run(run)


def test_a_published_price_where_its_maker_answers() -> None:
    used = door(
        "claude-haiku-4-5-20251001", input_tokens=1000, output_tokens=100, cached_tokens=600, written_tokens=200
    )
    cost = use(at_maker(), used)
    # 200 plain at 1, 600 cached at 0.1, 200 written at 1.25, 100 out at 5
    assert (cost.micros, cost.unpriced, cost.by_table) == (200 + 60 + 250 + 500, 0, 1)
    run = Run.objects.get()
    assert run.usage["usd"] == 1010 / DOLLAR
    assert f"counted at the door, priced by table of {prices.DATE}" in words.of_run(run)


def test_the_same_name_elsewhere_has_no_price_and_is_not_shown_as_nothing() -> None:
    run = factories.run()
    cost = use(run, door(input_tokens=1000, output_tokens=5))
    assert (cost.micros, cost.unpriced) == (None, 1005)
    shown = words.of_run(run)
    assert "cost unknown" in shown
    assert "$" not in shown


def test_a_price_that_the_agent_tells_comes_before_the_table() -> None:
    run = at_maker()
    cost = use(run, door(input_tokens=1000, output_tokens=5), Usage(usd=0.25), Usage(usd=0.5))
    assert (cost.micros, cost.by_agent, cost.by_table, cost.unpriced) == (750_000, 1, 0, 0)
    assert "reported by the agent" in words.of_run(run)


def test_an_entered_price_holds_and_prices_what_had_none() -> None:
    run = factories.run()
    late = use(run, door("own-1", input_tokens=1000, output_tokens=100))
    assert late.micros is None
    actions.set_price(run.project, "own-1", by=factories.ada(), input="2", output="10")
    run.refresh_from_db()
    assert (cost_of(run=run.pk).micros, run.usage["usd"]) == (3000, 0.003)
    actions.set_price(run.project, "own-1", by=factories.ada(), input="4", output="10")
    assert cost_of(run=run.pk).micros == 3000, "what had a price keeps it"
    assert use(run, door("own-1", input_tokens=1000)).micros == 4000
    actions.remove_price(run.project, "own-1", by=factories.ada())
    assert use(run, door("own-1", input_tokens=1000)).micros is None
    assert costs.models_without_price(run.project) == ["own-1"]


@pytest.mark.parametrize("given", ["", "free", "-1", "nan", "1e9"])
def test_a_price_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(Refused, match="is not a price"):
        actions.set_price(factories.project(), "m", by=factories.ada(), input=given, output="1")


def test_what_was_used_counts_also_when_the_step_is_somebody_elses() -> None:
    run = factories.run()
    claim = claim_of(run)
    actions.cancel_run(Run.objects.get(pk=run.pk), by=factories.ada())
    actions.record_usage(claim, Usage(input_tokens=5))
    actions.record_time(claim, 2, 0.5)
    found = cost_of(run=run.pk)
    assert (found.input, found.seconds) == (5, 1.5)


def test_attempts_of_a_step_are_kept_apart_and_none_is_lost() -> None:
    run = at_maker()
    claim = claim_of(run)
    actions.record_usage(claim, door(input_tokens=1000))  # its worker died before the agent told a price
    claim.step.attempt = 2
    actions.record_usage(claim, door(input_tokens=500))
    actions.record_usage(claim, Usage(usd=0.5))
    assert Spend.objects.count() == 2
    assert cost_of(step=claim.step.pk).micros == 1000 + 500_000


def test_answers_that_told_no_tokens_are_said() -> None:
    run = factories.run()
    assert use(run, Usage(unread=2, counted="door")).unread == 2
    assert "2 answers of the model told no tokens" in words.of_run(run)


def test_nothing_used_says_nothing() -> None:
    assert " hidden" in words.of_run(factories.run())
