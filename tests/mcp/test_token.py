"""The token of a turn: what it opens, when it ends, and that it opens nothing else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from teamboard.accounts import actions as accounts
from teamboard.events.models import Event
from teamboard.runs import actions
from teamboard.runs.actions import Claim
from teamboard.runs.models import Run, RunToken, Step
from tests import factories
from tests.mcp.conftest import Caller, caller

TASK = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "read_task"}}


def is_dead(agent: Caller) -> bool:
    answer = agent.post(TASK)
    if answer.status_code == 200:
        return False
    assert answer.status_code == 401
    assert "ends with the turn" in answer.json()["error"]["message"]
    return True


def test_it_ends_with_the_step(agent: Caller, claim: Claim) -> None:
    assert not is_dead(agent)
    actions.finish_step(claim, {})
    assert is_dead(agent)


def test_it_ends_when_the_run_is_stopped(agent: Caller, run: Run) -> None:
    actions.cancel_run(run, by=factories.ada())
    assert is_dead(agent)


def test_it_ends_with_the_lease_before_anybody_noticed(agent: Caller, claim: Claim) -> None:
    Step.objects.filter(pk=claim.step.pk).update(lease_until=timezone.now() - timedelta(milliseconds=1))
    assert is_dead(agent)


def test_the_next_worker_of_the_step_has_another(agent: Caller, claim: Claim) -> None:
    Step.objects.filter(pk=claim.step.pk).update(lease_until=timezone.now() - timedelta(milliseconds=1))
    again = factories.claim(claim.step)
    assert is_dead(agent)
    assert not is_dead(caller(again))


def test_a_turn_has_one_at_a_time(agent: Caller, claim: Claim) -> None:
    second = caller(claim)
    assert is_dead(agent)
    assert not is_dead(second)


def test_it_speaks_for_its_own_run_alone(agent: Caller, run: Run) -> None:
    other = factories.claim()
    mine, theirs = agent.call("read_task"), caller(other).call("read_task")
    assert run.task.title in mine
    assert other.step.run.task.title in theirs
    agent.call("report_progress", note="half way")
    run.refresh_from_db()
    assert (run.activity, Run.objects.get(pk=other.run_id).activity) == ("half way", "")


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_nobody_else_gets_in(claim: Claim, token: str) -> None:
    assert is_dead(Caller(token))


def test_a_persons_token_does_not_speak_for_a_run(claim: Claim) -> None:
    assert is_dead(Caller(accounts.issue_token(factories.ada(), "script")[1]))


def test_a_session_does_not_either(claim: Claim) -> None:
    client = Client()
    client.force_login(factories.ada())
    assert client.post("/mcp", TASK, content_type="application/json").status_code == 401


def test_only_its_hash_is_kept(agent: Caller, claim: Claim) -> None:
    agent.call("report_progress", note="hello")
    row = RunToken.objects.get()
    assert agent.token not in (row.digest, str(row))
    assert all(agent.token not in str(event.data) for event in Event.objects.all())
