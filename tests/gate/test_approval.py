"""Approving: the vote, the named requirements, and the queue."""

import pytest

from teamboard.gate import actions as gate
from teamboard.gate.requirements import requirements
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Vote
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def change():
    project = factories.project()
    factories.with_settings(project)
    change = factories.change(project)
    factories.patch_set(change)
    return change


def approve(change, by=None, **kwargs):
    newest = change.patch_sets.last()
    by = by or factories.ada()
    reviews.served(newest, by, newest.file_patch_ids)
    return gate.approve(change, newest, newest.head_sha, by=by, **kwargs)


def by_name(change):
    return {row.name: row for row in requirements(change)}


def test_an_approval_that_meets_everything_is_queued(change):
    approval = approve(change)
    assert approval.unmet == []
    assert (approval.entry.state, approval.entry.vote) == ("queued", approval.vote)


def test_approving_twice_keeps_one_place_in_the_queue(change):
    assert approve(change).entry.pk == approve(change).entry.pk


@pytest.mark.parametrize("who", [factories.rui, factories.olga, lambda project: factories.eve()])
def test_nobody_but_an_architect_approves(change, who):
    with pytest.raises(Refused) as refused:
        approve(change, by=who(change.project))
    assert refused.value.status == 403
    assert not Vote.objects.exists()


def test_who_was_not_shown_the_diff_cannot_approve(change):
    newest = change.patch_sets.last()
    with pytest.raises(Refused) as refused:
        gate.approve(change, newest, newest.head_sha, by=factories.ada())
    assert refused.value.code == "not_shown"


def test_another_head_or_base_than_the_one_seen_is_refused(change):
    newest = change.patch_sets.last()
    reviews.served(newest, factories.ada(), newest.file_patch_ids)
    for head, base in ((factories.sha(), None), (newest.head_sha, factories.sha())):
        with pytest.raises(Refused) as refused:
            gate.approve(change, newest, head, by=factories.ada(), base_sha=base)
        assert refused.value.code == "stale_patch_set"


def test_an_open_thread_blocks_unless_it_is_waived_by_name(change):
    reviews.open_thread(change, 1, body="Hm", by=factories.rui(change.project))
    assert [row.name for row in approve(change).unmet] == ["threads"]
    approval = approve(change, waived=["threads"])
    assert approval.entry is not None
    assert approval.entry.waived == ["threads"]
    assert by_name(change)["threads"].waived


def test_without_a_required_check_nothing_enters_unless_waived():
    change = factories.change()
    factories.patch_set(change)
    assert [row.name for row in approve(change).unmet] == ["checks_defined"]
    assert approve(change, waived=["checks_defined"]).entry is not None


def test_what_cannot_be_waived_is_refused(change):
    with pytest.raises(Refused) as refused:
        approve(change, waived=["approved"])
    assert refused.value.code == "not_waivable"
    assert not Vote.objects.exists()


def test_a_minus_one_blocks_and_names_who(change):
    newest = change.patch_sets.last()
    reviews.cast_vote(change, newest, newest.head_sha, -1, by=factories.rui(change.project))
    approval = approve(change)
    assert approval.entry is None
    assert by_name(change)["objections"].reason == "Rui Alves asked for changes."


def test_a_red_check_does_not_keep_it_out_of_the_queue(change):
    newest = change.patch_sets.last()
    claim = reviews.claim_check(reviews.ensure_check_runs(change.project, newest.tree_sha, newest.head_sha)[0].pk, "w")
    reviews.record_check(claim, "failure", failing=["test_a"])
    assert by_name(change)["checks"].met is False
    assert approve(change).entry is not None


def test_changed_settings_void_the_approval(change):
    approve(change)
    factories.with_settings(change.project, checks={"tests": {"command": ["true"]}})
    row = by_name(change)["approved"]
    assert (row.met, "definition" in row.reason) == (False, True)


def test_the_only_architect_may_approve_own_work_and_it_says_so(change):
    change.patch_sets.update(uploaded_by=factories.ada())
    assert approve(change).entry is not None
    assert "as the only Architect" in by_name(change)["approved"].reason


def test_with_two_architects_somebody_else_has_to_approve(change):
    second = factories.person("ines", role="architect")
    change.patch_sets.update(uploaded_by=factories.ada())
    assert [row.name for row in approve(change).unmet] == ["approved"]
    assert approve(change, by=second).entry is not None


def test_a_deleted_branch_blocks_until_waived(change):
    reviews.branch_gone(change)
    assert [row.name for row in approve(change).unmet] == ["branch"]
    assert approve(change, waived=["branch"]).entry is not None


def test_taking_a_change_out_of_the_queue_is_the_architects(change):
    entry = approve(change).entry
    with pytest.raises(Refused):
        gate.withdraw(entry, by=factories.rui(change.project))
    gate.withdraw(entry, by=factories.ada())
    assert (entry.state, entry.reason["code"]) == ("returned", "cancelled")


def test_freezing_twice_is_one_freeze_and_holds_who_waits(change):
    entry = approve(change).entry
    gate.freeze(change.project, reason="release", by=factories.ada())
    gate.freeze(change.project, reason="again", by=factories.ada())
    entry.refresh_from_db()
    assert (entry.state, entry.reason["why"]) == ("held", "release")
    gate.unfreeze(change.project, by=factories.ada())
    entry.refresh_from_db()
    assert entry.state == "queued"
