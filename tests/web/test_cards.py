"""What a card counts against its change, what it does not, and that a board of cards is read and drawn as one is."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from teamboard.board import actions as board
from teamboard.board.models import Project, Task
from teamboard.board.projectfile import check_digest
from teamboard.board.queries import settings_body
from teamboard.parts import card_rows
from teamboard.parts.cards import lanes
from teamboard.reviews.models import PatchSet
from teamboard.runs.models import Run
from tests import factories
from tests.bench.crowd import MAKERS

pytestmark = pytest.mark.django_db

CHECKS = {
    "tests": {"command": ["true"]},
    "style": {"command": ["true"], "required": False},
}


@pytest.fixture
def task(project: Project) -> Task:
    factories.with_settings(project, checks=CHECKS)
    return factories.task(project, state="started")


@pytest.fixture
def patch_set(task: Task) -> PatchSet:
    return factories.patch_set(factories.change(task=task, agent=factories.agent(task.project)))


def card_of(task: Task) -> card_rows.Card:
    (card,) = card_rows.load(task.project, [task.pk])
    return card


def fail(patch_set: PatchSet, name: str) -> None:
    factories.check_run(patch_set, name=name, state="completed", conclusion="failure")


def test_a_required_check_that_fails_makes_the_card_red(task: Task, patch_set: PatchSet) -> None:
    fail(patch_set, "tests")
    assert (card_of(task).flag, card_of(task).failed_checks) == ("failing", 1)


def test_an_optional_check_does_not(task: Task, patch_set: PatchSet) -> None:
    fail(patch_set, "style")
    assert (card_of(task).flag, card_of(task).failed_checks) == ("", 0)


@pytest.mark.parametrize("result", ["red", "impossible"])
def test_what_the_untouched_target_fails_is_nobodys_failure(task: Task, patch_set: PatchSet, result: str) -> None:
    digest = check_digest(settings_body(task.project), "tests")
    board.record_calibration(
        task.project, check="tests", result=result, commit_sha=task.project.head_sha, definition_digest=digest
    )
    fail(patch_set, "tests")
    assert (card_of(task).flag, card_of(task).failed_checks) == ("", 0)


@pytest.fixture
def crowd(project: Project) -> list[Task]:
    """A card of each kind, two of which wait for another."""
    factories.with_settings(project, checks=CHECKS)
    agent = factories.agent(project)
    tasks = [factories.task(project, state=state, labels=["money"]) for state in ("backlog", "ready")]
    for kind, make in MAKERS.items():
        tasks.append(factories.task(project, state="done" if kind == "done" else "started", agent=agent))
        make(tasks[-1])
    tasks[0].waits_for.set(tasks[1:3])
    return tasks


def test_a_card_read_alone_is_the_card_of_the_whole_board(project: Project, crowd: list[Task]) -> None:
    cards = card_rows.load(project)
    assert len({card.column for card in cards}) == 6
    for card in cards:
        assert card_rows.load(project, [card.row.id]) == [card]


def test_a_card_that_changes_is_drawn_anew(project: Project, crowd: list[Task]) -> None:
    before = lanes(card_rows.load(project))
    Task.objects.filter(pk=crowd[0].pk).update(title="Another title")
    Run.objects.filter(task=crowd[2]).update(activity="runs the tests")
    after = lanes(card_rows.load(project))
    assert b"Another title" in after["backlog"]
    assert b"runs the tests" in after["in-progress"]
    assert [name for name in before if before[name] != after[name]] == ["backlog", "in-progress"]


def test_a_longer_board_takes_no_more_queries(
    project: Project, crowd: list[Task], ada: Client, django_assert_num_queries: Any
) -> None:
    path = f"/p/{project.pk}/"
    ada.get(path)
    with CaptureQueriesContext(connection) as few:
        ada.get(path)
    for task in list(crowd[2:]):
        more = factories.task(project, state=task.state, agent=task.agent)
        list(MAKERS.values())[crowd.index(task) - 2](more)
    with django_assert_num_queries(len(few)):
        assert ada.get(path).content.count(b"<article") == len(crowd) + len(MAKERS)
