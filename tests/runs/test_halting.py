"""While the emergency stop is pulled, no step and no check is claimed, and being killed is no verdict."""

import pytest

from teamboard.lib.lease import LeaseLost
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.runs import actions
from teamboard.runs.models import Halt
from teamboard.runs.queries import due_steps
from tests import factories

pytestmark = pytest.mark.django_db


def test_only_an_architect_of_the_board_stops_and_releases() -> None:
    project = factories.project()
    with pytest.raises(Refused, match="stop all agents"):
        actions.halt(by=factories.rui(project))
    actions.halt(by=factories.ada())
    with pytest.raises(Refused, match="let agents start again"):
        actions.release_halt(by=factories.rui(project))
    assert Halt.objects.get().released_at is None


def test_every_project_and_the_instance_are_told() -> None:
    projects = [factories.project(), factories.project()]
    actions.halt(by=factories.ada(), reason="  too \n hot ")
    actions.halt(by=factories.ada())  # pressed twice
    actions.release_halt(by=factories.ada())
    for log in (0, *projects):
        assert [kind for kind, _ in factories.told(log) if kind == "agents_halted"] == ["agents_halted"] * 2
    assert Halt.objects.get().reason == "too hot"


def test_nothing_is_claimed_and_what_only_waits_for_review_stays() -> None:
    task = factories.task(state="ready")
    queued = actions.start_run(task, factories.agent(task.project), by=factories.ada())
    idle = factories.run(state="waiting", waiting_for="review")
    actions.halt(by=factories.ada())
    queued.refresh_from_db(), idle.refresh_from_db()
    assert (queued.state, idle.state) == ("cancelled", "waiting")
    step = factories.step(idle)
    assert due_steps() == []
    assert actions.claim_step(step.pk, "w") is None
    actions.release_halt(by=factories.ada())
    assert due_steps() == [step.pk]
    assert actions.claim_step(step.pk, "w")


def test_a_check_that_is_killed_gives_no_verdict_and_is_run_again() -> None:
    check = factories.check_run()
    claim = reviews.claim_check(check.pk, "w")
    assert claim is not None
    actions.halt(by=factories.ada())
    assert reviews.give_back_checks() == 1
    with pytest.raises(LeaseLost):
        reviews.record_check(claim, "failure", exit_code=137)
    assert reviews.claim_check(check.pk, "w") is None
    actions.release_halt(by=factories.ada())
    assert reviews.claim_check(check.pk, "w") is not None
