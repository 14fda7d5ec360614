"""What merged changes cost: every run belongs to one of them or to what is not merged, and nothing is lost between."""

import pytest

from agents.contract import Usage
from teamboard.board.models import Project
from teamboard.reviews import ledger
from teamboard.reviews.models import Change
from teamboard.runs import actions
from teamboard.runs.models import Run
from tests import factories

pytestmark = pytest.mark.django_db


def used(run: Run, usd: float) -> Run:
    claim = actions.Claim(factories.step(run, attempt=1), 1)
    actions.record_usage(claim, Usage(input_tokens=10, usd=usd))
    actions.record_time(claim, 60, 15)
    return run


def merged(project: Project, run: Run) -> Change:
    change = factories.change(task=run.task, state="merged", agent=run.agent)
    factories.patch_set(change, run=run)
    return change


def test_a_merged_change_carries_what_was_thrown_away_on_the_way_to_it() -> None:
    project = factories.project()
    task, other = factories.task(project), factories.task(project)
    used(factories.run(task, state="failed"), 0.5)
    change = merged(project, used(factories.run(task, state="succeeded"), 1.25))
    used(factories.run(other, state="cancelled"), 2)
    used(factories.run(other, state="waiting"), 4)
    found = ledger.of_project(project)
    [entry] = found.entries
    assert (entry.change, entry.runs, entry.thrown_away) == (change, 2, 1)
    assert (entry.cost.micros, entry.cost.seconds) == (1_750_000, 90)
    assert (found.rest.micros, found.thrown_away) == (6_000_000, 2)
    assert entry.cost + found.rest == found.total


def test_two_merged_changes_of_a_task_share_nothing() -> None:
    project = factories.project()
    task = factories.task(project)
    changes = [merged(project, used(factories.run(task, state="succeeded"), usd)) for usd in (1, 2)]
    used(factories.run(task, state="failed"), 4)
    found = ledger.of_project(project)
    assert {one.change: one.cost.micros for one in found.entries} == {changes[0]: 1_000_000, changes[1]: 6_000_000}
    assert found.entries[0].cost + found.entries[1].cost + found.rest == found.total


def test_unknown_money_is_not_nothing() -> None:
    project = factories.project()
    run = factories.run(factories.task(project), state="succeeded")
    actions.record_usage(actions.Claim(factories.step(run, attempt=1), 1), Usage(input_tokens=10))
    merged(project, run)
    [entry] = ledger.of_project(project).entries
    assert (entry.cost.micros, entry.cost.unpriced) == (None, 10)
