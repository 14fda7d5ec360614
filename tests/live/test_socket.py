"""A page joins with what it has seen and is told the rest, in order."""

import pytest
from django.db import transaction
from websockets.exceptions import ConnectionClosed, InvalidStatus

from teamboard.accounts.actions import issue_token
from teamboard.board.models import Task
from teamboard.events import bus, queries
from teamboard.events.catalogue import CalibrationAsked, InvitationChanged, QueueFrozen, TaskChanged
from tests import factories
from tests.live.conftest import hear, hear_beat, say, session_of


@transaction.atomic
def rename(task: Task, title: str) -> int:
    Task.objects.filter(pk=task.pk).update(title=title)
    return bus.publish(TaskChanged(project=task.project_id, task=task.pk))


@transaction.atomic
def invite(project, number: int) -> int:
    return bus.publish(InvitationChanged(project=project.pk, invitation=number))


@pytest.fixture
def project(transactional_db):
    return factories.project()


@pytest.fixture
def ada(transactional_db):
    return factories.ada()


def test_a_fact_reaches_an_open_page(web, project, ada):
    task = factories.task(project)
    with web.socket(cookie=session_of(ada)) as page:
        say(page, join={f"task.{task.pk}": queries.position(project.pk)})
        hear_beat(page)
        seq = rename(task, "Balance the books")
        assert hear(page) == {
            "seq": seq,
            "topic": f"task.{task.pk}",
            "kind": "html",
            "target": f"heading-{task.pk}",
            "swap": "replace",
            "html": f'<h1 id="heading-{task.pk}">Balance the books</h1>',
        }
