"""`method = "rebase"`: each commit lands by itself, each is green if that is asked for, and a red one is named."""

import pytest

from teamboard.gate import actions as gate
from teamboard.gate import queries
from teamboard.gate.models import Freeze
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries as review_queries
from teamboard.reviews.models import CheckRun
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage_with(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"

    def make(**merge):
        return Stage(tmp_path, bare=True, merge={"method": "rebase", **merge})

    return make


def last(change):
    return queries.entry_of(change)


def of_two(stage, second=None):
    """A branch of two commits, under review, and a target that has moved since."""
    git(stage.work, "checkout", "-q", "-b", "feature")
    stage.commit({"b.txt": "b\n"}, "First step")
    git(stage.work, "checkout", "-q", "main")
    git(stage.work, "push", "-q", "origin", "feature")
    change = stage.branch("feature", second or {"c.txt": "c\n"}, start="feature")
    stage.commit({"hand.txt": "hand\n"}, "By hand")
    git(stage.work, "push", "-q", "origin", "main")
    return change


def judge(stage, conclusion_of):
    for check in review_queries.due_checks([stage.project.pk]):
        claim = reviews.claim_check(check.pk, "worker")
        reviews.record_check(claim, conclusion_of(check))


def subject_of(stage, check):
    return stage.stores.commit_of(check.commit_sha).subject


def test_each_commit_lands_on_the_target_and_each_tree_was_green(stage_with):
    stage = stage_with()
    change = of_two(stage)
    before = stage.main()
    stage.land(change)
    log = git(stage.repo, "log", "--reverse", "--format=%s|%T|%p", f"{before}..main").split("\n")
    assert [line.split("|")[0] for line in log] == ["First step", "Work on feature"]
    trees = {line.split("|")[1] for line in log}
    assert trees == set(CheckRun.objects.filter(conclusion="success").values_list("tree_sha", flat=True))
    assert last(change).candidate_tree == git(stage.repo, "rev-parse", "main^{tree}")
    assert git(stage.repo, "merge-base", before, "main") == before
    assert not Freeze.objects.exists()


def test_a_red_commit_on_the_way_returns_the_change_and_is_named(stage_with):
    stage = stage_with()
    change = of_two(stage)
    before = stage.main()
    stage.approve(change)
    stage.tick()
    judge(stage, lambda check: "failure" if subject_of(stage, check) == "First step" else "success")
    stage.tick()
    why = last(change).reason
    assert (last(change).state, why["code"], stage.main()) == ("returned", "checks_failed", before)
    assert why["message"] == f'The check tests failed on its commit {why["commit"][:10]}, "First step".'
    # Queued again by a person, it is that commit that is tried anew.
    gate.requeue(change, by=factories.ada())
    assert CheckRun.objects.filter(tree_sha=why["tree"], number=2).exists()
    for _ in range(2):
        stage.tick()
        judge(stage, lambda check: "success")
    stage.tick()
    assert last(change).state == "merged"


def test_without_every_commit_green_only_the_result_is_checked(stage_with):
    stage = stage_with(every_commit_green=False)
    change = of_two(stage)
    stage.land(change)
    assert [check.tree_sha for check in CheckRun.objects.all()] == [last(change).candidate_tree]
    assert git(stage.repo, "log", "-2", "--format=%s", "main").split("\n") == ["Work on feature", "First step"]


def test_a_conflict_names_the_commit(stage_with):
    stage = stage_with()
    change = of_two(stage, second={"hand.txt": "mine\n"})
    stage.approve(change)
    stage.tick()
    why = last(change).reason
    assert (why["code"], why["files"]) == ("conflict", ["hand.txt"])
    assert f'Its commit {why["commit"][:10]}, "Work on feature", conflicts' in why["message"]


def test_one_commit_on_an_unmoved_target_lands_as_it_is(stage_with):
    stage = stage_with()
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n")})
    head = change.patch_sets.get().head_sha
    assert stage.land(change) == head
    assert last(change).state == "merged"


def test_undo_takes_back_every_commit_of_a_rebase(stage_with):
    stage = stage_with()
    change = of_two(stage)
    stage.land(change)
    change.refresh_from_db()
    revert = gate.undo(change, by=factories.ada())
    stage.land(revert)
    assert sorted(git(stage.repo, "ls-tree", "--name-only", "main").split()) == ["app.txt", "hand.txt", "notes"]
