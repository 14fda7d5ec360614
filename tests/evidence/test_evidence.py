"""Columns, badges and asks follow from rows; nobody says them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from teamboard.evidence import badges, card_evidence, column_of, columns, evidence_of
from teamboard.evidence.asks import asks
from teamboard.evidence.queries import asks_of, of_task
from teamboard.gate import actions as gate
from teamboard.gate.models import QueueEntry
from teamboard.gate.reasons import FILES_IN_THE_WAY, reason
from teamboard.reviews import actions as reviews
from teamboard.runs.models import Question
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    """A started task whose run waits for a review of its change."""
    project = factories.project()
    factories.with_settings(project)
    task = factories.task(project, state="started")
    run = factories.run(task, state="waiting", waiting_for="review")
    change = factories.change(task=task, agent=run.agent)
    factories.patch_set(change, run=run)
    return task, run, change


def approve(change):
    newest = change.patch_sets.last()
    reviews.served(newest, factories.ada(), newest.file_patch_ids)
    return gate.approve(change, newest, newest.head_sha, by=factories.ada())


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("backlog", "backlog"),
        ("ready", "ready"),
        ("done", "done"),
        ("abandoned", "abandoned"),
        ("started", "in-progress"),
    ],
)
def test_a_card_without_work_stands_where_its_state_says(state, expected):
    assert column_of(factories.task(state=state)) == expected


def test_work_to_look_at_is_in_review_and_a_new_round_takes_it_back(card):
    task, run, _ = card
    assert column_of(task) == "in-review"
    type(run).objects.update(state="running", waiting_for="")
    assert column_of(task) == "in-progress"
    type(run).objects.update(state="waiting", waiting_for="question")
    assert column_of(task) == "in-progress"


def test_a_live_entry_means_merging_and_a_returned_one_review_again(card):
    task, _, change = card
    entry = approve(change).entry
    assert column_of(task) == "merging"
    gate.withdraw(entry, by=factories.ada())
    assert column_of(task) == "in-review"


def test_rejected_work_is_not_in_review(card):
    task, _, change = card
    reviews.abandon(change, by=factories.ada())
    assert column_of(task) == "in-progress"


def test_badges_name_their_evidence(card):
    task, _run, change = card
    reviews.open_thread(change, 1, body="Hm", by=factories.rui(task.project))
    newest = change.patch_sets.last()
    check = reviews.ensure_check_runs(task.project, newest.tree_sha, newest.head_sha)[0]
    reviews.record_check(reviews.claim_check(check.pk, "w"), "failure")
    found = {badge.name: badge for badge in badges(card_evidence(task))}
    assert set(found) == {"patch_set", "threads", "red"}
    assert (found["red"].label, found["red"].source) == ("tests red", "checks")
    assert of_task(task).change_id == change.pk


def test_a_verdict_on_another_tree_is_not_shown(card):
    task, _, _change = card
    other = factories.sha()
    check = reviews.ensure_check_runs(task.project, other, other)[0]
    reviews.record_check(reviews.claim_check(check.pk, "w"), "failure")
    assert "red" not in {badge.name for badge in badges(card_evidence(task))}


def test_the_whole_board_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    project = factories.project()
    factories.with_settings(project)
    for _ in range(30):
        task = factories.task(project, state="started")
        run = factories.run(task, state="waiting", waiting_for="review")
        factories.patch_set(factories.change(task=task, agent=run.agent), run=run)
    with django_assert_max_num_queries(17):
        assert set(columns(project).values()) == {"in-review"}


def test_a_card_by_itself_has_the_evidence_that_it_has_on_the_board(card):
    task, run, change = card
    project = task.project
    factories.question(factories.step(run))
    reviews.open_thread(change, 1, body="Hm", by=factories.rui(project))
    other = factories.task(project, state="started", waits_for=(task,))
    approve(factories.patch_set(factories.change(task=other, agent=run.agent)).change)
    whole = evidence_of(project)
    assert {pk: evidence_of(project, [one])[pk] for pk, one in ((t.pk, t) for t in (task, other))} == whole
    assert (whole[task.pk].questions, whole[other.pk].blocked_by) == (1, (task.pk,))


def test_what_waits_for_a_person_comes_oldest_first(card):
    task, run, change = card
    step = factories.step(run)
    now = timezone.now()
    question = Question.objects.create(run=run, step=step, key="q", text="Round up?", options=["yes", "no"])
    Question.objects.update(asked_at=now - timedelta(minutes=3))
    failed = factories.run(
        factories.task(task.project, state="started"),
        state="failed",
        failure_code="crashed",
        finished_at=now - timedelta(minutes=5),
    )
    found = asks(task.project)
    assert [ask.kind for ask in found] == ["failure", "question", "review"]
    assert [ask.id for ask in found] == [
        f"ask-run-{failed.pk}",
        f"ask-question-{question.pk}",
        f"ask-review-{change.pk}",
    ]
    assert found[1].options == ("yes", "no")
    assert [ask.id for ask in asks_of(factories.ada())] == [ask.id for ask in found]
    assert asks_of(factories.eve()) == []


def test_a_review_is_asked_for_until_somebody_decides_or_the_agent_works_again(card):
    task, run, change = card
    assert [ask.kind for ask in asks(task.project)] == ["review"]
    newest = change.patch_sets.last()
    reviews.cast_vote(change, newest, newest.head_sha, 1, by=factories.rui(task.project))
    assert [ask.kind for ask in asks(task.project)] == ["review"]  # a +1 decides nothing
    reviews.request_changes(change, "Please", by=factories.rui(task.project))
    assert asks(task.project) == []
    factories.patch_set(change, run=run)
    assert [ask.kind for ask in asks(task.project)] == ["review"]
    type(run).objects.update(state="running")
    assert asks(task.project) == []


def test_a_held_entry_asks_and_a_freeze_does_not(card):
    task, _, change = card
    entry = approve(change).entry
    assert asks(task.project) == []
    gate.freeze(task.project, by=factories.ada())
    assert asks(task.project) == []
    gate.unfreeze(task.project, by=factories.ada())
    gate.hold(QueueEntry.objects.get(pk=entry.pk), reason(FILES_IN_THE_WAY, files=["a.txt"]))
    assert [(ask.kind, "a.txt" in ask.text) for ask in asks(task.project)] == [("held", True)]


def test_a_returned_entry_asks_until_something_newer_happens(card):
    task, run, change = card
    gate.withdraw(approve(change).entry, by=factories.ada())
    assert [ask.kind for ask in asks(task.project)] == ["returned"]
    factories.patch_set(change, run=run)
    assert [ask.kind for ask in asks(task.project)] == ["review"]
