"""A step belongs to one worker at a time, and a lost worker loses nothing (I-2, I-6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from teamboard.lib.lease import LeaseLost
from teamboard.runs import actions
from teamboard.runs.models import Step
from tests import factories

pytestmark = pytest.mark.django_db


def ready_step() -> Step:
    task = factories.task()
    return actions.start_run(task, factories.agent(task.project), by=factories.ada()).steps.get()


def expire(step: Step) -> None:
    Step.objects.filter(pk=step.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_only_the_first_of_two_workers_gets_a_step() -> None:
    step = ready_step()
    assert actions.claim_step(step.pk, "one") is not None
    assert actions.claim_step(step.pk, "two") is None


def test_an_expired_lease_is_taken_over_and_the_old_worker_writes_nothing() -> None:
    step = ready_step()
    old = actions.claim_step(step.pk, "one")
    assert old is not None
    expire(step)
    new = actions.claim_step(step.pk, "two")
    assert new is not None
    assert new.fence == old.fence + 1
    with pytest.raises(LeaseLost):
        actions.finish_step(old)
    with pytest.raises(LeaseLost):
        actions.record_activity(old, "I am still here")
    assert actions.finish_step(new) is not None


def test_the_sweep_gives_an_expired_step_back_once() -> None:
    step = ready_step()
    actions.claim_step(step.pk, "one")
    assert actions.release_lost() == []
    expire(step)
    assert actions.release_lost() == [step.pk]
    assert actions.release_lost() == []
    step.refresh_from_db()
    assert step.state == "ready"


def test_a_dead_worker_frees_its_steps_at_once() -> None:
    step = ready_step()
    actions.claim_step(step.pk, "one")
    assert actions.release_owner("somebody else") == 0
    assert actions.release_owner("one") == 1
    assert actions.release_lost() == [step.pk]


def test_a_run_that_loses_its_worker_three_times_is_given_up() -> None:
    step = ready_step()
    for _ in range(3):
        assert actions.claim_step(step.pk, "one") is not None
        expire(step)
        actions.release_lost()
    step.refresh_from_db()
    assert step.state == "dead"
    assert (step.run.state, step.run.failure_code) == ("failed", "exhausted")
    assert actions.claim_step(step.pk, "two") is None


def test_a_row_is_rung_once_in_a_while() -> None:
    step = ready_step()
    assert actions.ring(step.pk) is True
    assert actions.ring(step.pk) is False
    assert actions.ring(step.pk, pause=0) is True
