"""A task is deleted only when its work is kept, nothing of it is lost, and one button puts it back."""

import pytest

from teamboard.board import actions as board
from teamboard.board import queries
from teamboard.board.models import Task
from teamboard.board.states import ABANDONED, DELETED, DONE, READY
from teamboard.evidence import column_of
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews.deletion import delete_task, loose_refs
from teamboard.reviews.models import Change
from teamboard.runs import actions as runs
from teamboard.runs.states import FAILED
from tests import factories
from tests.gate.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return Stage(tmp_path)


@pytest.fixture
def task(stage):
    return factories.task(stage.project, state=ABANDONED, agent=factories.agent(stage.project))


@pytest.fixture
def worked_on(stage, task):
    """A run that failed, with a checkpoint that is nowhere else."""
    change = stage.branch("feature", {"app.txt": "other\n"})
    head = change.patch_sets.get().head_sha
    kept = factories.checkpoint(factories.run(task, state=FAILED), head_sha=head)
    stage.stores.set_ref(kept.ref, head)
    return task


def refused(code, what, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        what(*args, **kwargs)
    assert caught.value.code == code
    assert caught.value.remedy
    return caught.value


def test_a_task_without_work_leaves_board_lists_and_search(stage, task):
    delete_task(task, by=factories.ada())
    assert column_of(Task.objects.get()) == DELETED
    assert queries.tasks_page(stage.project) == []
    assert [row.id for row in queries.tasks_page(stage.project, state=DELETED)] == [task.pk]
    assert [row.pk for row in queries.deleted_tasks(stage.project)] == [task.pk]


def test_work_that_is_neither_merged_nor_archived_is_named_and_keeps_the_task(worked_on):
    ref = worked_on.runs.get().checkpoints.get().ref
    refusal = refused("work_not_kept", delete_task, worked_on, by=factories.ada())
    assert ref.removeprefix("refs/") in refusal.message
    assert refusal.details == {"refs": [ref]}
    assert Task.objects.get().state == ABANDONED


def test_archived_work_lets_the_task_go_and_every_ref_stays(stage, worked_on):
    before = stage.stores.refs("refs/")
    delete_task(worked_on, by=factories.ada(), archive=True)
    head = worked_on.runs.get().checkpoints.get().head_sha
    assert stage.stores.refs("refs/") == before | {f"refs/archive/{worked_on.pk}/{head}": head}
    assert ("task_deleted", factories.ada().actor) in factories.told(stage.project)
    board.undelete_task(worked_on, by=factories.rui(stage.project))
    assert loose_refs(worked_on) == {}
    delete_task(worked_on, by=factories.ada())


def test_new_work_after_the_archive_was_made_is_looked_at_again(stage, worked_on):
    delete_task(worked_on, by=factories.ada(), archive=True)
    board.undelete_task(worked_on, by=factories.ada())
    more = stage.branch("more", {"app.txt": "more\n"}).patch_sets.get().head_sha
    stage.stores.set_ref(f"refs/runs/{worked_on.runs.get().pk}/live", more)
    refused("work_not_kept", delete_task, worked_on, by=factories.ada())


def test_merged_work_needs_no_archive(stage, task):
    change = stage.branch("feature", {"app.txt": "other\n"})
    Change.objects.filter(pk=change.pk).update(task=task)
    assert loose_refs(task).keys() == {change.patch_sets.get().ref}
    stage.land(change)
    assert loose_refs(Task.objects.get(pk=task.pk)) == {}


def test_restoring_gives_back_the_state_it_had(stage):
    done = factories.task(stage.project, state=DONE)
    delete_task(done, by=factories.ada())
    board.undelete_task(done, by=factories.rui(stage.project))
    assert Task.objects.get(pk=done.pk).state == DONE


def test_a_task_at_work_or_waited_for_is_not_deleted(stage, task):
    waiting = factories.task(stage.project, state=READY, waits_for=(task,))
    assert waiting.ref in refused("task_waited_for", delete_task, task, by=factories.ada()).message
    run = factories.run(factories.task(stage.project, state="started"), state="running")
    refused("task_at_work", delete_task, run.task, by=factories.ada())


def test_only_an_architect_deletes(stage, task):
    refused("forbidden", delete_task, task, by=factories.rui(stage.project))


def test_nothing_is_done_with_a_deleted_task_before_it_is_restored(stage, worked_on):
    change = stage.branch("other", {"notes/a.txt": "b\n"})
    Change.objects.filter(pk=change.pk).update(task=worked_on, state="abandoned")
    change.refresh_from_db()
    delete_task(worked_on, by=factories.ada(), archive=True)
    ada, run = factories.ada(), worked_on.runs.get()
    refused("task_deleted", board.edit_task, worked_on, by=ada, title="Other")
    refused("task_deleted", board.move_task, worked_on, by=ada, state=READY)
    refused("task_deleted", board.abandon_task, worked_on, by=ada)
    refused("task_deleted", runs.start_run, worked_on, by=ada)
    refused("task_deleted", runs.resume_run, run, by=ada)
    refused("task_deleted", reviews.restore, change, by=ada)
    other = factories.task(stage.project)
    refused("task_deleted", board.link_dependency, other, waits_for=worked_on, by=ada)


def test_what_its_work_came_to_meanwhile_is_what_restoring_shows(task):
    delete_task(task, by=factories.ada())
    board.finish_task(task)
    assert Task.objects.get().state == DELETED
    board.undelete_task(task, by=factories.ada())
    assert Task.objects.get().state == DONE
