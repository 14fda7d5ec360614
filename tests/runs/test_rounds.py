"""Starting runs, their rounds, and what ends them."""

import pytest

from teamboard.board.states import DONE, STARTED
from teamboard.events.models import Event
from teamboard.lib.lease import LeaseLost
from teamboard.lib.refusal import Refused
from teamboard.runs import actions
from teamboard.runs.models import Run, Step
from tests import factories

pytestmark = pytest.mark.django_db


def started() -> Run:
    task = factories.task()
    return actions.start_run(task, factories.agent(task.project), by=factories.ada())


def claim(run: Run) -> actions.Claim:
    step = run.steps.filter(state="ready").get()
    claimed = actions.claim_step(step.pk, "worker-1")
    assert claimed is not None
    return claimed


def proposed(run: Run) -> Run:
    while run.steps.filter(state="ready").exists():
        actions.finish_step(claim(run))
    run.refresh_from_db()
    return run


def test_a_started_run_has_a_step_to_prepare_and_its_task_is_started() -> None:
    run = started()
    run.task.refresh_from_db()
    assert (run.number, run.state, run.task.state) == (1, "queued", STARTED)
    assert [(step.kind, step.state) for step in run.steps.all()] == [("prepare", "ready")]
    kinds = list(Event.objects.filter(project_id=run.project_id).values_list("kind", flat=True))
    assert kinds[-3:] == ["run_created", "task_changed", "step_moved"]


def test_steps_follow_each_other_until_the_run_waits_for_review() -> None:
    run = proposed(started())
    assert [step.kind for step in run.steps.all()] == ["prepare", "setup", "work", "collect", "checks", "propose"]
    assert (run.state, run.waiting_for) == ("waiting", "review")


def test_a_reviewer_may_not_start_a_run() -> None:
    task = factories.task()
    with pytest.raises(Refused, match="Only an Architect may start a run"):
        actions.start_run(task, factories.agent(task.project), by=factories.rui(task.project))


def test_a_task_has_one_live_run() -> None:
    run = started()
    with pytest.raises(Refused, match="has a run already"):
        actions.start_run(run.task, by=factories.ada())


def test_a_task_that_waits_for_another_does_not_start() -> None:
    first = factories.task()
    second = factories.task(first.project, waits_for=(first,))
    with pytest.raises(Refused, match=f"waits for {first.ref}"):
        actions.start_run(second, factories.agent(first.project), by=factories.ada())


def test_a_dependent_starts_by_itself_once_all_it_waits_for_is_done() -> None:
    first = factories.task()
    second = factories.task(
        first.project, waits_for=(first,), agent=factories.agent(first.project), start_when_free=True
    )
    assert actions.start_waiting(first.project) == []
    type(first).objects.filter(pk=first.pk).update(state=DONE)
    assert [run.task_id for run in actions.start_waiting(first.project)] == [second.pk]
    assert actions.start_waiting(first.project) == []


def test_feedback_starts_the_next_round_with_the_threads_in_it() -> None:
    run = proposed(started())
    step = actions.request_round(run, feedback=[7, 8], message="Please.", by=factories.rui(run.project))
    assert step is not None
    assert (step.kind, step.round, step.request) == ("work", 2, {"feedback": [7, 8], "message": "Please."})
    run = proposed(run)
    assert [step.kind for step in run.steps.filter(round=2)] == ["work", "collect", "checks", "propose"]
    assert run.waiting_for == "review"


def test_feedback_that_comes_while_a_round_is_at_work_starts_the_one_after_it() -> None:
    run = proposed(started())
    actions.request_round(run, feedback=[7], by=factories.ada())
    held = claim(run)
    assert actions.request_round(run, feedback=[9], message="And this.", by=factories.ada()) is None
    actions.finish_step(held)
    run = proposed(run)
    work = [step.request["feedback"] for step in run.steps.filter(kind="work", round__gte=2)]
    assert work == [[7], [9]]
    assert not run.inbox.filter(taken_at=None).exists()


def test_a_stopped_run_takes_nothing_more_from_its_worker_and_can_go_on() -> None:
    run = started()
    held = claim(run)
    actions.cancel_run(run, by=factories.ada())
    with pytest.raises(LeaseLost):
        actions.finish_step(held)
    assert actions.renew(held) is False
    actions.resume_run(run, by=factories.ada())
    run.refresh_from_db()
    assert run.state == "running"
    assert [step.state for step in run.steps.all()] == ["cancelled", "ready"]


def test_a_failed_run_says_why_and_resumes_at_the_step_that_failed() -> None:
    run = started()
    for _ in range(2):
        actions.finish_step(claim(run))
    actions.fail_step(claim(run), "exit_status", "status 3")
    run.refresh_from_db()
    assert (run.state, run.failure_code, run.failure_detail) == ("failed", "exit_status", "status 3")
    actions.resume_run(run, by=factories.ada())
    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("running", "")
    assert [(s.kind, s.round, s.state) for s in run.steps.all()][-1] == ("work", 1, "ready")


def test_a_run_whose_change_is_merged_has_succeeded() -> None:
    run = actions.succeed_run(proposed(started()))
    assert run.state == "succeeded"
    with pytest.raises(Refused, match="merged already"):
        actions.request_round(run, message="more", by=factories.ada())


def test_every_step_of_a_run_that_ended_is_final() -> None:
    run = started()
    actions.cancel_run(run, by=factories.ada())
    assert not Step.objects.filter(run=run, state__in=["ready", "running"]).exists()
    with pytest.raises(Refused, match="ended already"):
        actions.cancel_run(run, by=factories.ada())
