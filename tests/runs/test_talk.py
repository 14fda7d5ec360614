"""Questions, answers and steering travel between people and a run."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents.contract import PermissionAsked
from agents.contract import Question as Asked
from teamboard.lib.lease import LeaseLost
from teamboard.lib.refusal import Refused
from teamboard.runs import actions
from teamboard.runs.models import Question, Run
from teamboard.runs.queries import open_questions
from tests import factories

pytestmark = pytest.mark.django_db

WHICH = Asked(key="q1", text="Round up or down?", options=("up", "down"))


def at_work() -> tuple[Run, actions.Claim]:
    task = factories.task()
    run = actions.start_run(task, factories.agent(task.project), by=factories.ada())
    while True:
        step = run.steps.get(state="ready")
        claim = actions.claim_step(step.pk, "worker")
        assert claim is not None
        if step.kind == "work":
            return run, claim
        actions.finish_step(claim)


def test_a_question_makes_the_run_wait_and_its_answer_reaches_the_turn() -> None:
    run, claim = at_work()
    question = actions.ask(claim, WHICH)
    run.refresh_from_db()
    assert (run.state, run.waiting_for) == ("waiting", "question")
    assert list(open_questions(run.project_id)) == [question]
    actions.answer(question, "down", by=factories.rui(run.project))
    run.refresh_from_db()
    assert run.state == "running"
    [item] = actions.read_inbox(claim)
    assert (item.kind, item.body["key"], item.body["text"]) == ("answer", "q1", "down")
    actions.take_item(claim, item)
    assert actions.read_inbox(claim) == []


def test_a_question_is_answered_once() -> None:
    run, claim = at_work()
    question = actions.ask(claim, WHICH)
    actions.answer(question, "down", by=factories.ada())
    with pytest.raises(Refused, match="answered already"):
        actions.answer(question, "up", by=factories.rui(run.project))


def test_an_observer_may_not_answer() -> None:
    run, claim = at_work()
    question = actions.ask(claim, WHICH)
    with pytest.raises(Refused, match="may answer an agent"):
        actions.answer(question, "down", by=factories.olga(run.project))


def test_asking_again_after_a_lost_worker_finds_the_same_question() -> None:
    _, claim = at_work()
    assert actions.ask(claim, WHICH) == actions.ask(claim, WHICH)
    assert Question.objects.count() == 1


def test_a_permission_that_nobody_gives_is_refused_when_its_time_is_up() -> None:
    run, claim = at_work()
    question = actions.ask(claim, PermissionAsked(key="p", text="May I delete it?", timeout_seconds=60))
    assert actions.default_due() == 0
    Question.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert actions.default_due() == 1
    question.refresh_from_db()
    assert (question.state, question.answer) == ("defaulted", "refuse")
    assert [item.body["text"] for item in actions.read_inbox(claim)] == ["refuse"]
    run.refresh_from_db()
    assert run.state == "running"


def test_a_question_without_a_default_waits_for_ever() -> None:
    _, claim = at_work()
    actions.ask(claim, Asked(key="q", text="Which?", timeout_seconds=0.001))
    assert actions.default_due() == 0


def test_a_turn_that_ends_with_a_question_frees_its_slot_and_goes_on_with_the_answer() -> None:
    run, claim = at_work()
    question = actions.ask(claim, WHICH)
    assert actions.finish_step(claim) is None
    assert not run.steps.filter(state__in=["ready", "running"]).exists()
    actions.answer(question, "down", by=factories.ada())
    step = run.steps.get(state="ready")
    assert (step.kind, step.round) == ("work", 1)
    assert "The answer: down" in step.request["message"]


def test_steering_waits_for_the_turn_that_can_hear_it() -> None:
    run, claim = at_work()
    actions.steer(run, "Mind the tests.", by=factories.rui(run.project))
    [item] = actions.read_inbox(claim)
    assert item.body == {"text": "Mind the tests."}
    while claim:
        following = actions.finish_step(claim)
        assert following is not None
        if following.round == 2:
            break
        claim = actions.claim_step(following.pk, "worker")  # type: ignore[assignment]
    assert following.request["message"] == "Mind the tests."


def test_a_worker_that_lost_its_step_reads_no_inbox() -> None:
    run, claim = at_work()
    actions.cancel_run(run, by=factories.ada())
    with pytest.raises(LeaseLost):
        actions.read_inbox(claim)
