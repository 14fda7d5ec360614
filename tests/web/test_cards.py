"""What a card counts against its change, and what it does not."""

import pytest

from teamboard.board import actions as board
from teamboard.board.models import Project, Task
from teamboard.board.projectfile import check_digest
from teamboard.board.queries import settings_body
from teamboard.parts import card_rows
from teamboard.reviews.models import PatchSet
from tests import factories

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
