"""The factories make rows that fit together."""

import pytest

from teamboard.board.queries import required_checks, role_in
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_each_factory_works_without_arguments():
    board = [make.project(), make.task(), make.run(), make.step(), make.question()]
    made = [*board, make.change(), make.patch_set(), make.thread(), make.check_run(), make.entry()]
    assert all(row.pk for row in made)


def test_a_change_of_a_task_belongs_to_its_project():
    task = make.task()
    assert make.patch_set(make.change(task=task)).change.project == task.project


def test_the_cast_has_its_roles():
    project = make.project()
    cast = [make.ada(), make.rui(project), make.olga(project), make.eve()]
    assert [role_in(person, project) for person in cast] == ["architect", "reviewer", "observer", ""]


def test_settings_can_be_put_in_force():
    project = make.project()
    make.with_settings(project)
    assert list(required_checks(project)) == ["tests"]
