"""A query put together once answers as it would each time anew."""

import pytest
from django.db.models import Q, QuerySet

from teamboard.board.models import Project, Task
from teamboard.lib.prepared import Prepared, as_text, moment
from tests import factories

pytestmark = pytest.mark.django_db


def rows(project: int) -> "QuerySet[Task, tuple[object, ...]]":
    tasks = Task.objects.filter(project=project, state="ready").order_by("number")
    return tasks.values_list("number", "title", "labels", "start_when_free", "created_at")


@pytest.fixture
def projects() -> list[Project]:
    found = [factories.project(), factories.project()]
    for project in found:
        for state in ("ready", "backlog", "ready"):
            factories.task(project, state=state, labels=["money", "ünder"])
    return found


def test_each_id_has_its_own_rows_with_values_as_django_reads_them(projects: list[Project]) -> None:
    prepared = Prepared(rows)
    for project in projects:
        assert prepared.rows(project.pk) == list(rows(project.pk)) != []
    assert prepared.rows(0) == []


def test_some_rows_have_the_form_of_all(projects: list[Project]) -> None:
    prepared = Prepared(rows)
    first, last = prepared.rows(projects[0].pk)
    assert prepared.some(projects[0].pk, Q(number=last[0])) == [last]
    assert first != last


def test_a_date_read_as_text_is_the_same_moment(projects: list[Project]) -> None:
    task = projects[0].tasks.first()
    assert task
    whole = task.created_at.replace(microsecond=0)
    for at in (task.created_at, whole):
        Task.objects.update(created_at=at)
        texts = Prepared(lambda pk: Task.objects.filter(project=pk).values_list(as_text("created_at")))
        assert {moment(text) for (text,) in texts.rows(projects[0].pk)} == {at}
    assert moment(None) is None
