"""Check runs: one verdict per key, written under a fence."""

import os

import pytest

from teamboard.board.actions import grant
from teamboard.board.environments import environment_digest
from teamboard.evidence.badges import badges
from teamboard.evidence.gather import card_evidence
from teamboard.gate.requirements import requirements
from teamboard.lib.lease import LeaseLost
from teamboard.parts.checks import check_section
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


def test_a_verdict_of_an_older_definition_is_green_nowhere(project):
    task = factories.task(project, state="started")
    run = factories.run(task, state="waiting", waiting_for="review")
    patch_set = factories.patch_set(factories.change(task=task, agent=run.agent), run=run)
    old = actions.ensure_check_runs(project, patch_set.tree_sha, patch_set.head_sha)[0]
    actions.record_check(actions.claim_check(old.pk, "w"), "success")
    assert shown_green(task, patch_set) == (True, True, True)
    factories.with_settings(project, checks={"tests": {"command": ["true"]}})
    assert shown_green(task, patch_set) == (False, False, None)


def test_a_verdict_of_another_environment_is_green_nowhere(project):
    task = factories.task(project, state="started")
    run = factories.run(task, state="waiting", waiting_for="review")
    patch_set = factories.patch_set(factories.change(task=task, agent=run.agent), run=run)
    old = actions.ensure_check_runs(project, patch_set.tree_sha, patch_set.head_sha)[0]
    actions.record_check(actions.claim_check(old.pk, "w"), "success")
    grant(by=factories.ada(), kind="toolchain", value="python", project=project)
    assert shown_green(task, patch_set) == (False, False, None)
    new = actions.ensure_check_runs(project, patch_set.tree_sha, patch_set.head_sha)[0]
    assert (new.pk != old.pk, new.environment_digest != old.environment_digest) == (True, True)
    assert all(len(row.environment_digest) == 64 for row in (old, new))


def shown_green(task, patch_set):
    """On the card, on the change page, and as a requirement."""
    card = "green" in {badge.name for badge in badges(card_evidence(task))}
    page = "passed" in check_section(patch_set.change, patch_set)
    row = next(row for row in requirements(patch_set.change) if row.name == "checks")
    return card, page, row.met


def test_an_upgraded_tool_is_another_environment(project, tmp_path, monkeypatch):
    tool = tmp_path / "mytool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    grant(by=factories.ada(), kind="toolchain", value="mytool", project=project)
    before = environment_digest(project)
    assert environment_digest(project) == before
    tool.write_text("#!/bin/sh\necho newer\n")
    assert environment_digest(project) != before


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
