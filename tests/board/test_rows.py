"""The board is read in a few queries, however many cards there are."""

import pytest

from teamboard.board import queries
from teamboard.board.models import Task
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_thousand_cards_take_two_queries(django_assert_num_queries):
    project = make.project()
    agent = make.agent(project)
    Task.objects.bulk_create(
        Task(project=project, number=n, title=f"Card {n}", position=n, agent=agent, labels=["x"])
        for n in range(1, 1001)
    )
    ids = list(Task.objects.order_by("number").values_list("pk", flat=True))
    Waits = Task.waits_for.through
    Waits.objects.bulk_create(Waits(from_task_id=a, to_task_id=b) for a, b in zip(ids[1:], ids, strict=False))
    with django_assert_num_queries(2):
        rows = queries.board_rows(project)
    assert len(rows) == 1000
    assert (rows[5].ref, rows[5].agent_name, rows[5].waits_for) == ("LL-6", agent.name, (ids[4],))


def test_a_row_says_what_still_blocks_it():
    project = make.project()
    done, open_ = make.task(project, state="done"), make.task(project)
    task = make.task(project, waits_for=(done, open_))
    row = queries.task_row(task)
    assert (row.waits_for, row.blocked_by) == ((done.pk, open_.pk), (open_.pk,))
    assert queries.blockers(task) == [open_]
    assert [row.id for row in queries.task_rows(project, [task.pk, done.pk])] == [done.pk, task.pk]


def test_filters_narrow_the_cards():
    project = make.project()
    agent = make.agent(project)
    a = make.task(project, title="Round to cents", labels=["money"], agent=agent)
    b = make.task(project, title="Sort", body="by cents", state="ready", waits_for=(a,))

    def found(**filters):
        return [row.id for row in queries.tasks_page(project, **filters)]

    assert found() == found(text="CENTS") == [a.pk, b.pk]
    assert found(text="ll-2") == found(text="2") == found(state="ready") == found(waiting=True) == [b.pk]
    assert found(label="money") == found(agent=agent.pk) == found(waiting=False) == [a.pk]
    assert found(text="50%_") == []
