"""A patch set that came without a run is checked all the same."""

import pytest

from teamboard.board.actions import grant
from teamboard.pipeline import checks
from teamboard.reviews.models import CheckRun
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_patch_set_without_a_verdict_is_found_and_checked_once() -> None:
    patch_set = factories.patch_set()
    factories.with_settings(patch_set.change.project)
    assert checks.unchecked_patch_sets() == [patch_set.pk]
    checks.check_patch_set(patch_set.pk)
    assert [run.tree_sha for run in CheckRun.objects.all()] == [patch_set.tree_sha]
    assert checks.unchecked_patch_sets() == []


def test_nothing_is_checked_before_somebody_settled_the_checks() -> None:
    factories.patch_set()
    assert checks.unchecked_patch_sets() == []


def test_it_is_checked_again_when_a_check_or_its_environment_is_another_one() -> None:
    patch_set = factories.patch_set()
    project = patch_set.change.project
    factories.with_settings(project)
    checks.check_patch_set(patch_set.pk)
    factories.with_settings(project, checks={"tests": {"command": ["true"]}})
    assert checks.unchecked_patch_sets() == [patch_set.pk]
    checks.check_patch_set(patch_set.pk)
    grant(by=factories.ada(), kind="toolchain", value="python", project=project)
    assert checks.unchecked_patch_sets() == [patch_set.pk]
    checks.check_patch_set(patch_set.pk)
    assert checks.unchecked_patch_sets() == []


@pytest.mark.django_db(transaction=True)
def test_a_run_asked_for_in_another_environment_gives_no_verdict(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    patch_set = factories.patch_set()
    project = patch_set.change.project
    factories.with_settings(project)
    checks.check_patch_set(patch_set.pk)
    grant(by=factories.ada(), kind="toolchain", value="python", project=project)
    run = CheckRun.objects.get()
    assert checks.execute_check(run.pk)
    run.refresh_from_db()
    assert (run.conclusion, run.exit_code) == ("cancelled", None)
    assert "has changed since" in run.summary


def test_an_older_patch_set_is_left_alone() -> None:
    first = factories.patch_set()
    factories.with_settings(first.change.project)
    second = factories.patch_set(first.change)
    assert checks.unchecked_patch_sets() == [second.pk]
