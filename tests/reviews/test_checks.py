"""Check runs: one verdict per key, written under a fence."""

import pytest

from teamboard.lib.lease import LeaseLost
from teamboard.reviews import actions, queries
from teamboard.reviews.models import CheckRun
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = factories.project()
    factories.with_settings(project)
    return project


def test_the_same_key_gives_the_same_run(project):
    tree = factories.sha()
    first = actions.ensure_check_runs(project, tree, factories.sha())
    again = actions.ensure_check_runs(project, tree, factories.sha())
    assert [c.pk for c in first] == [c.pk for c in again]
    assert first[0].name == "tests"


def test_another_tree_never_shares_a_verdict(project):
    one, other = factories.sha(), factories.sha()
    claim = actions.claim_check(actions.ensure_check_runs(project, one, one)[0].pk, "w1")
    actions.record_check(claim, "success", exit_code=0)
    actions.ensure_check_runs(project, other, other)
    assert [c.conclusion for c in queries.checks_of(one, project)] == ["success"]
    assert [c.conclusion for c in queries.checks_of(other, project)] == [""]


def test_a_changed_definition_asks_again(project):
    tree = factories.sha()
    old = actions.ensure_check_runs(project, tree, tree)[0]
    factories.with_settings(project, checks={"tests": {"command": ["true"]}})
    new = actions.ensure_check_runs(project, tree, tree)[0]
    assert new.pk != old.pk
    assert [c.pk for c in queries.checks_of(tree, project)] == [new.pk]


def test_one_worker_claims_and_only_its_fence_writes(project):
    check = actions.ensure_check_runs(project, factories.sha(), factories.sha())[0]
    first = actions.claim_check(check.pk, "w1")
    assert actions.claim_check(check.pk, "w2") is None
    CheckRun.objects.update(lease_until=None)
    CheckRun.objects.update(lease_until=check.queued_at)  # the lease of w1 is over
    second = actions.claim_check(check.pk, "w2")
    with pytest.raises(LeaseLost):
        actions.record_check(first, "success")
    assert not actions.renew_check(first)
    assert actions.record_check(second, "failure", failing=["test_a"]).failing == ["test_a"]


def test_a_run_nobody_can_claim_any_more_is_given_up_and_blames_nobody(project):
    check = actions.ensure_check_runs(project, factories.sha(), factories.sha())[0]
    assert actions.give_up_check(check)
    check.refresh_from_db()
    assert (check.state, check.conclusion) == ("completed", "cancelled")
    assert not actions.give_up_check(check)


def test_a_retry_is_a_new_attempt_under_the_same_key(project):
    check = actions.ensure_check_runs(project, factories.sha(), factories.sha())[0]
    retry = actions.retry_check(check)
    assert actions.retry_check(check).pk == retry.pk
    assert [c.number for c in queries.attempts_of(check)] == [1, 2]
    assert queries.checks_of(check.tree_sha, project)[0].number == 2
