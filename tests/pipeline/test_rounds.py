"""Feedback, questions and the live diff, with real processes."""

import threading

from django.conf import settings
from django.db import connection

from teamboard.pipeline import executor, feedback, live
from teamboard.pipeline.executor import execute_step
from teamboard.pipeline.slots import Slot
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Change, CheckRun
from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.models import Question, Run
from teamboard.runs.queries import due_steps
from tests import factories
from tests.pipeline.conftest import Start, drive
from tests.waiting import until

BREAKS_AND_MENDS = """
[[step]]
write = {path = "sums.py", content = "def add(a, b):\\n    return a - b\\n"}

[[feedback.step]]
write = {path = "sums.py", content = "def add(a, b):\\n    return b + a\\n"}
[[feedback.step]]
reply = {thread = "all", text = "You are right, it adds now."}
"""


def test_a_broken_test_is_shown_red_with_its_name_and_feedback_makes_patch_set_2(start: Start) -> None:
    run = drive(start(BREAKS_AND_MENDS))
    change = Change.objects.get()
    first = change.patch_sets.get()
    red = CheckRun.objects.get(tree_sha=first.tree_sha)
    assert (red.conclusion, red.failing) == ("failure", ["test_two_and_two (test_sums.Sums.test_two_and_two)"])

    thread = reviews.open_thread(
        change, patch_set_number=1, path="sums.py", side="new", start_line=2, end_line=2,
        body="This subtracts.", by=factories.ada(),
    )  # fmt: skip
    reviews.request_changes(change, by=factories.ada())
    feedback.send_feedback(change.pk)
    feedback.send_feedback(change.pk)  # rung twice
    run = drive(run)

    assert (run.state, run.waiting_for, run.failure_detail) == ("waiting", "review", "")
    second = change.patch_sets.get(number=2)
    assert second.base_sha == first.base_sha
    assert stores(run.project_id).blob(second.head_sha, "sums.py") == b"def add(a, b):\n    return b + a\n"
    assert CheckRun.objects.get(tree_sha=second.tree_sha).conclusion == "success"
    thread.refresh_from_db()
    assert thread.sent_at
    assert thread.delivered_step is not None
    assert thread.delivered_step.round == 2
    assert thread.answered_at
    assert [str(c.author_agent) for c in thread.comments.all()][-1] == run.agent.name
    assert run.steps.filter(kind="work").count() == 2


def in_thread(run: Run) -> threading.Thread:
    """A worker of its own, while the test looks on."""

    def work() -> None:
        try:
            while mine := [pk for pk in due_steps() if run.steps.filter(pk=pk).exists()]:
                execute_step(mine[0])
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def all_slots() -> list[Slot] | None:
    """Every slot there is, taken; None (and nothing taken) when somebody holds one."""
    taken = [slot for _ in range(settings.WIP_LIMIT) if (slot := Slot.take())]
    if len(taken) == settings.WIP_LIMIT:
        return taken
    for slot in taken:
        slot.free()
    return None


ASKS = """
[[step]]
ask = {text = "Round up or down?", options = ["up", "down"]}
[[step]]
write = {path = "answer.txt", content = "ok"}
"""


def test_a_question_stops_the_turn_until_somebody_answers(start: Start) -> None:
    run = start(ASKS)
    worker = in_thread(run)
    question = until(lambda: Question.objects.filter(run=run).first())
    run.refresh_from_db()
    assert (run.state, run.waiting_for) == ("waiting", "question")
    taken = until(all_slots)  # the one that waits holds none
    for slot in taken:
        slot.free()
    actions.answer(question, "down", by=factories.rui(run.project))
    worker.join(timeout=30)
    run.refresh_from_db()
    assert (run.state, run.waiting_for, run.failure_detail) == ("waiting", "review", "")


GROWS = """
[[step]]
write = {path = "one.txt", content = "1"}
[[step]]
ask = {text = "Shall I go on?", options = ["yes"]}
[[step]]
write = {path = "two.txt", content = "2"}
"""


def test_the_diff_grows_while_the_agent_works(start: Start) -> None:
    run = start(GROWS)
    worker = in_thread(run)
    question = until(lambda: Question.objects.filter(run=run).first())
    head = until(lambda: Run.objects.get(pk=run.pk).live_head)
    there = stores(run.project_id)
    assert there.blob(head, "one.txt") == b"1"
    assert there.blob(head, "two.txt") is None
    actions.answer(question, "yes", by=factories.ada())
    worker.join(timeout=30)
    last = Run.objects.get(pk=run.pk).live_head
    assert there.blob(last, "two.txt") == b"2"
    assert there.resolve(f"refs/runs/{run.pk}/live") == last


def test_stopping_a_run_ends_its_processes_and_resuming_goes_on(start: Start) -> None:
    run = start(command=["/bin/sh", "-c", "echo begun; test -e go || { touch go; sleep 300; }; echo x > x"])
    worker = in_thread(run)
    until(lambda: (run.refresh_from_db(), run.activity == "begun")[1])
    actions.cancel_run(run, by=factories.ada())
    worker.join(timeout=30)
    assert not worker.is_alive()
    run.refresh_from_db()
    assert run.state == "cancelled"
    run = drive(actions.resume_run(run, by=factories.ada()))
    assert (run.state, run.waiting_for, run.failure_detail) == ("waiting", "review", "")


def test_a_step_that_is_executed_twice_has_one_effect(start: Start) -> None:
    run = start(BREAKS_AND_MENDS)
    step = run.steps.get()
    run = drive(run)
    assert executor.execute_one(step.pk) is None
    assert Change.objects.get().patch_sets.count() == 1


def test_a_fingerprint_follows_what_is_written_and_no_links(tmp_path: "live.Path") -> None:
    before = live.fingerprint(tmp_path)
    (tmp_path / "a").write_text("1")
    after = live.fingerprint(tmp_path)
    assert before != after
    (tmp_path / "up").symlink_to("/")
    assert live.fingerprint(tmp_path) == live.fingerprint(tmp_path)
