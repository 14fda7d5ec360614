"""Deleting a task from its page, and the button that puts it back."""

import pytest
from django.test import Client

from teamboard.board.models import Task
from tests import factories
from tests.gate.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(tmp_path, settings) -> Task:
    """With a change that was given up: its patch set is on no target."""
    settings.DATA_DIR = tmp_path / "data"
    stage = Stage(tmp_path)
    found = factories.task(stage.project, state="abandoned")
    change = stage.branch("feature", {"app.txt": "other\n"})
    type(change).objects.filter(pk=change.pk).update(task=found, state="abandoned")
    return found


@pytest.fixture
def ada(task) -> Client:
    found = Client(headers={"HX-Request": "true"})
    found.force_login(factories.ada())
    return found


def test_the_dialog_says_what_is_kept_nowhere_else(ada, task):
    shown = ada.get(f"/tasks/{task.pk}/delete-form/").content.decode()
    assert f"changes/{task.changes.get().pk}/1" in shown
    assert 'name="archive"' in shown


def test_without_the_archive_it_is_refused_in_a_sentence(ada, task):
    answer = ada.post(f"/tasks/{task.pk}/delete/")
    assert (answer.status_code, answer.headers["X-Notice"]) == (409, "work_not_kept")
    assert "neither merged nor archived" in answer.content.decode()


def test_it_goes_from_the_page_and_comes_back(ada, task):
    gone = ada.post(f"/tasks/{task.pk}/delete/", {"archive": "1"}).content.decode()
    assert 'data-act="restore"' in gone
    assert 'data-open="edit-task"' not in gone
    assert f'id="deleted-{task.pk}"' in ada.get(f"/p/{task.project_id}/settings/").content.decode()
    assert Task.objects.get().state == "deleted"
    back = ada.post(f"/tasks/{task.pk}/restore/").content.decode()
    assert 'data-open="edit-task"' in back
    assert Task.objects.get().state == "abandoned"
