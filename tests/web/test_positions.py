"""What changes while a page is made is on the page, or comes after the position that the page names."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from teamboard.board.actions import edit_task
from teamboard.board.models import Task
from teamboard.runs.models import Run
from tests import factories

Meanwhile = Callable[[], object]


class JustBeforeThePosition:
    """Does something when the page is about to ask how far the log has come."""

    def __init__(self, act: Meanwhile) -> None:
        self.act, self.done = act, False

    def __call__(self, execute, sql, params, many, context):
        if "events_eventhead" in sql and not self.done:
            self.done = True
            self.act()
        return execute(sql, params, many, context)


@pytest.fixture
def task(project) -> Task:
    return factories.task(project, title="Old words")


@pytest.fixture
def run(task: Task) -> Run:
    return factories.run(task)


@pytest.mark.parametrize("address", ["/tasks/{task.pk}/", "/runs/{run.pk}/", "/p/{task.project_id}/"])
def test_a_row_that_changes_before_the_position_is_shown_as_it_became(ada: Client, task, run, address: str) -> None:
    ada.defaults.pop("HTTP_HX_REQUEST", None)
    meanwhile = JustBeforeThePosition(lambda: edit_task(task, by=factories.ada(), title="New words"))
    with connection.execute_wrapper(meanwhile):
        page = ada.get(address.format(task=task, run=run)).content.decode()
    assert meanwhile.done
    assert "New words" in page
    assert "Old words" not in page
