"""A run that waits for people too long is parked: no process, no slot, no thread; the answer starts it again (D18)."""

import threading
from typing import Any

import pytest
from django.conf import settings as known

from agents.contract import Question as Asked
from teamboard.parts import run as page
from teamboard.pipeline.slots import Slot
from teamboard.reviews.models import PatchSet
from teamboard.reviews.storage import stores
from teamboard.runs import actions, queries
from teamboard.runs.models import Question, Run
from tests import factories
from tests.pipeline.conftest import Start, drive
from tests.pipeline.test_rounds import in_thread
from tests.waiting import until

ASKS = """
[[step]]
write = {path = "begun.txt", content = "before the question"}
[[step]]
ask = {text = "Round up or down?", options = ["up", "down"]}
[[step]]
write = {path = "answer.txt", content = "{answer}"}
[[step]]
ask = "Which currency?"
"""
ONE = ASKS[: ASKS.rindex("[[step]]")]
PARKED = {"parked": True}


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.PARK_SECONDS = 0.3


def parked(run: Run) -> Run | None:
    run.refresh_from_db()
    return run if run.parked_at else None


@pytest.mark.usefixtures("impatient")
def test_its_process_ends_and_the_answers_start_the_next_turns_in_the_same_clone(start: Start) -> None:
    threads = threading.active_count()
    run = drive(start(ASKS))  # the worker comes back by itself
    work = run.steps.get(kind="work")
    assert (run.state, run.waiting_for, work.state, work.result) == ("waiting", "question", "succeeded", PARKED)
    assert run.parked_at
    kept = run.checkpoints.get()
    assert stores(run.project_id).blob(kept.ref, "begun.txt") == b"before the question"
    told = page.acts(queries.run_page(run.pk))
    assert "its process was ended" in told
    assert "the answer starts it again" in told
    until(lambda: threading.active_count() <= threads or None)
    nobody_holds_a_slot()

    for text in ("down", "euro"):
        actions.answer(Question.objects.get(state="open"), text, by=factories.rui(run.project))
        run.refresh_from_db()
        assert (run.state, run.parked_at) == ("running", None)
        run = drive(run)
    assert (run.waiting_for, run.failure_detail) == ("review", "")
    asked = "You asked: Round up or down?\nThe answer: down\n\nYou asked: Which currency?\nThe answer: euro"
    assert run.steps.filter(kind="work").last().request["message"] == asked  # type: ignore[union-attr]
    assert stores(run.project_id).blob(PatchSet.objects.get().head_sha, "answer.txt") == b"down"
    assert Question.objects.count() == 2


def nobody_holds_a_slot() -> None:
    slots = [Slot.take() for _ in range(known.WIP_LIMIT)]
    assert all(slots)
    for slot in filter(None, slots):
        slot.free()


def test_an_answer_that_comes_while_the_process_is_being_ended_is_not_lost(start: Start) -> None:
    run = start(ASKS)
    steps = [actions.claim_step(run.steps.get().pk, "w")]
    for _ in range(2):
        following = actions.finish_step(steps[-1])  # type: ignore[arg-type]
        assert following is not None
        steps.append(actions.claim_step(following.pk, "w"))
    claim = steps[-1]
    assert claim is not None
    question = actions.ask(claim, Asked(key="q", text="Up?"))
    actions.answer(question, "up", by=factories.ada())
    following = actions.finish_step(claim, {"parked": True})
    assert following is not None
    assert (following.kind, following.request["message"]) == ("work", "You asked: Up?\nThe answer: up")
    assert not run.inbox.filter(taken_at=None).exists()


def test_of_too_many_that_wait_the_longest_waiting_is_parked_at_once(start: Start, settings: Any) -> None:
    settings.WAITING_LIMIT = 1
    first, second = start(ONE), start(ONE)
    workers = [in_thread(first)]
    until(lambda: Question.objects.filter(run=first).first())
    workers.append(in_thread(second))
    until(lambda: Question.objects.filter(run=second).first())
    until(lambda: parked(first), 30)
    second.refresh_from_db()
    assert second.parked_at is None  # goes on in place
    for run in (first, second):
        actions.answer(Question.objects.get(run=run), "up", by=factories.ada())
    workers[1].join(30)
    drive(first)
    for run in (first, second):
        run.refresh_from_db()
        assert (run.waiting_for, run.failure_detail) == ("review", "")
    assert second.steps.filter(kind="work").count() == 1


@pytest.mark.usefixtures("impatient")
def test_a_parked_run_is_stopped_and_resumed_like_any_other(start: Start) -> None:
    run = drive(start(ASKS))
    actions.cancel_run(run, by=factories.ada())
    assert Question.objects.get().state == "withdrawn"
    run = drive(actions.resume_run(Run.objects.get(pk=run.pk), by=factories.ada()))
    assert run.parked_at
    assert Question.objects.filter(state="open").count() == 1
