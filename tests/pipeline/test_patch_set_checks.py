"""A patch set that came without a run is checked all the same."""

import pytest

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


def test_an_older_patch_set_is_left_alone() -> None:
    first = factories.patch_set()
    factories.with_settings(first.change.project)
    second = factories.patch_set(first.change)
    assert checks.unchecked_patch_sets() == [second.pk]
