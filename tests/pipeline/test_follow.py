"""A run follows its change: rejected, restored, merged."""

import pytest

from teamboard.board.states import DONE
from teamboard.pipeline import feedback
from teamboard.reviews import actions as reviews
from teamboard.runs.models import Run
from tests import factories

pytestmark = pytest.mark.django_db


def under_review() -> tuple[Run, "reviews.Change"]:  # type: ignore[name-defined]
    task = factories.task()
    run = factories.run(task, state="waiting", waiting_for="review")
    step = factories.step(run, kind="propose", state="succeeded")
    change = factories.change(task=task, agent=run.agent)
    factories.patch_set(change, run=run, step=step)
    return run, change


def test_a_rejected_change_stops_its_run_and_restoring_it_brings_it_back() -> None:
    run, change = under_review()
    reviews.abandon(change, "not now", by=factories.ada())
    feedback.follow_change(change.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"
    reviews.restore(change, by=factories.ada())
    feedback.follow_change(change.pk)
    run.refresh_from_db()
    assert (run.state, run.waiting_for) == ("waiting", "review")


def test_a_merge_ends_the_run_and_starts_what_waited_for_it() -> None:
    run, change = under_review()
    waiting = factories.task(
        run.project, waits_for=(run.task,), agent=factories.agent(run.project), start_when_free=True
    )
    reviews.mark_merged(change, factories.sha())
    type(run.task).objects.filter(pk=run.task_id).update(state=DONE)
    feedback.follow_change(change.pk)
    feedback.follow_change(change.pk)
    run.refresh_from_db()
    assert run.state == "succeeded"
    assert [r.state for r in waiting.runs.all()] == ["queued"]


def test_feedback_that_no_round_was_given_is_found_again() -> None:
    run, change = under_review()
    reviews.open_thread(
        change, patch_set_number=1, path="a", side="new", start_line=1, end_line=1, body="Why?", by=factories.ada()
    )
    assert feedback.unsent() == []
    reviews.request_changes(change, by=factories.ada())
    assert feedback.unsent() == [change.pk]
    feedback.send_feedback(change.pk)
    assert [step.kind for step in run.steps.filter(state="ready")] == ["work"]
