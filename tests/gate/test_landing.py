"""From an approval to the target: what lands, what does not, and why."""

import pytest

from teamboard.board import projectfile
from teamboard.board import queries as board
from teamboard.board.models import Calibration
from teamboard.events.models import Event
from teamboard.gate import actions as gate
from teamboard.gate import queries
from teamboard.gate.models import Intent, QueueEntry
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries as review_queries
from teamboard.reviews.adoption import adopt
from teamboard.reviews.models import Change, CheckRun
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return Stage(tmp_path, bare=True)


def last(change: Change) -> QueueEntry:
    entry = queries.entry_of(change)
    assert entry is not None
    return entry


def test_an_approved_green_change_lands_as_the_tree_its_checks_ran_on(stage):
    before = stage.main()
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "line three\n")})
    after = stage.land(change)
    change.refresh_from_db()
    entry = last(change)
    assert (change.state, change.merged_sha, entry.state) == ("merged", after, "merged")
    assert git(stage.repo, "rev-parse", f"{after}^1") == before
    tree = git(stage.repo, "rev-parse", f"{after}^{{tree}}")
    check = CheckRun.objects.get(tree_sha=tree)
    assert (check.conclusion, entry.candidate_tree) == ("success", tree)
    stage.project.refresh_from_db()
    assert stage.project.head_sha == after
    assert not Intent.objects.exists()
    assert Event.objects.filter(kind="target_moved", data__by_board=True).count() == 1


def test_nothing_lands_before_the_verdict(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    for _ in range(3):
        stage.tick()
    assert (stage.main(), last(change).state) == (before, "testing")
    assert CheckRun.objects.count() == 1


def test_a_red_candidate_is_returned_with_the_failing_test_and_the_target_unmoved(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge("failure", failing=["test_rounding"], summary="1 failed")
    stage.tick()
    entry = last(change)
    assert (entry.state, entry.reason["code"], entry.reason["failing"]) == (
        "returned",
        "checks_failed",
        ["test_rounding"],
    )
    assert stage.main() == before
    stage.tick()
    assert QueueEntry.objects.count() == 1  # the vote that failed does not enter again by itself


def test_approving_again_what_its_checks_returned_gives_them_a_new_attempt(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge("failure")
    stage.tick()
    stage.approve(change)
    stage.tick()
    assert last(change).state == "testing"
    stage.judge()
    stage.tick()
    assert (last(change).state, CheckRun.objects.count()) == ("merged", 2)


def test_retries_are_used_before_a_change_is_blamed(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    stage = Stage(tmp_path, bare=True, checks={"tests": {"command": ["true"], "retries": 1}})
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge("failure")
    stage.tick()
    assert last(change).state == "testing"
    stage.judge("success")
    stage.tick()
    assert last(change).state == "merged"


def test_a_check_that_cannot_run_holds_and_blames_nobody(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge("impossible", summary="no network")
    stage.tick()
    assert (last(change).state, last(change).reason["code"]) == ("held", "check_impossible")
    stage.tick()
    assert last(change).state == "held"
    gate.requeue(change, by=factories.ada())  # the set-up was repaired
    stage.tick()
    stage.judge()
    stage.tick()
    assert last(change).state == "merged"


def test_a_conflict_names_its_files(stage):
    one = stage.branch("one", {"app.txt": LINES.replace("line 3\n", "one\n")})
    two = stage.branch("two", {"app.txt": LINES.replace("line 3\n", "two\n")})
    stage.land(one)
    stage.approve(two)
    stage.tick()
    assert (last(two).state, last(two).reason["code"], last(two).reason["files"]) == (
        "returned",
        "conflict",
        ["app.txt"],
    )


def test_two_changes_land_one_after_the_other_and_the_second_is_tested_on_the_first(stage):
    one = stage.branch("one", {"app.txt": LINES.replace("line 3\n", "one\n")})
    two = stage.branch("two", {"app.txt": LINES.replace("line 28\n", "two\n")})
    stage.approve(one)
    stage.approve(two)
    for _ in range(3):
        stage.tick()
        stage.judge()
    stage.tick()
    assert [last(one).state, last(two).state] == ["merged", "merged"]
    assert git(stage.repo, "show", "main:app.txt").count("one") == 1
    assert git(stage.repo, "show", "main:app.txt").count("two") == 1
    assert last(two).base_sha == last(one).candidate_sha


def test_a_merge_that_would_change_other_lines_than_approved_is_returned(stage):
    one = stage.branch("one", {"app.txt": LINES.replace("line 3\n", "one\n")})
    two = stage.branch("two", {"app.txt": LINES.replace("line 5\n", "two\n")})
    stage.land(one)
    stage.approve(two)
    stage.tick()
    assert (last(two).reason["code"], last(two).reason["files"]) == ("content_mismatch", ["app.txt"])
    assert "right beside the approved lines" in last(two).reason["message"]


def test_a_merge_in_which_the_approved_lines_themselves_are_others_says_so(stage):
    one = stage.branch("one", {"b.txt": "b\n"})
    two = stage.branch("two", {"b.txt": "b\n", "c.txt": "c\n"})
    stage.land(one)
    stage.approve(two)
    stage.tick()
    assert (last(two).reason["code"], last(two).reason["files"]) == ("content_mismatch", ["b.txt"])
    assert "other lines than were approved" in last(two).reason["message"]


def test_a_new_patch_set_returns_the_entry_and_nothing_of_it_lands(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge()
    stage.branch("feature", {"b.txt": "evil\n"})
    stage.tick()
    assert (last(change).state, last(change).reason["code"]) == ("returned", "approval_stale")
    assert stage.main() == before


def test_a_rebase_that_changes_nothing_keeps_the_place_in_the_queue(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    entry = stage.approve(change).entry
    stage.tick()
    git(stage.work, "checkout", "-q", "main")
    stage.commit({"c.txt": "c\n"}, "By hand")
    git(stage.work, "push", "-q", "origin", "main")
    stage.tick()
    git(stage.work, "checkout", "-q", "feature")
    git(stage.work, "rebase", "-q", "main")
    git(stage.work, "push", "-q", "-f", "origin", "feature")
    stage.project.refresh_from_db()
    adopt(stage.project, "feature", by=factories.ada())
    stage.tick()
    stage.judge()
    stage.tick()
    assert (last(change).pk, last(change).state, last(change).patch_set.number) == (entry.pk, "merged", 2)


def test_a_target_that_moves_while_testing_is_built_upon_and_never_overwritten(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge()
    byhand = stage.commit({"c.txt": "c\n"}, "By hand")
    git(stage.work, "push", "-q", "origin", "main")
    stage.tick()
    assert last(change).state == "testing"  # the old verdict is for another tree
    assert stage.main() == byhand
    stage.judge()
    stage.tick()
    assert last(change).state == "merged"
    assert git(stage.repo, "rev-parse", "main^1") == byhand


def test_changed_settings_outdate_the_approval(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    factories.with_settings(stage.project, checks={"tests": {"command": ["true"]}})
    stage.tick()
    assert last(change).reason["code"] == "approval_stale"


def test_a_minus_one_stops_an_entry(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    reviews.request_changes(change, "Wait", by=factories.rui(stage.project))
    stage.judge()
    stage.tick()
    assert last(change).reason["code"] == "cancelled"


def test_a_rejected_change_leaves_the_queue_and_restoring_does_not_queue_it(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    reviews.abandon(change, by=factories.ada())
    stage.tick()
    assert last(change).reason["code"] == "cancelled"
    reviews.restore(change, by=factories.ada())
    stage.tick()
    assert last(change).state == "returned"
    gate.requeue(change, by=factories.ada())
    assert last(change).state == "queued"


def test_a_frozen_queue_lands_nothing_until_it_thaws(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    gate.freeze(stage.project, "release day", by=factories.ada())
    stage.approve(change)
    stage.tick()
    assert (last(change).state, last(change).reason["code"], stage.main()) == ("held", "frozen", before)
    gate.unfreeze(stage.project, by=factories.ada())
    stage.tick()
    stage.judge()
    stage.tick()
    assert last(change).state == "merged"


def test_an_approval_enters_by_itself_once_the_last_requirement_is_met(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    thread = reviews.open_thread(change, 1, "b.txt", "new", 1, 1, "Why?", by=factories.rui(stage.project))
    approval = stage.approve(change)
    assert approval.entry is None
    assert [row.name for row in approval.unmet] == ["threads"]
    stage.tick()
    assert queries.entry_of(change) is None
    reviews.resolve_thread(thread, by=factories.rui(stage.project))
    stage.tick()
    assert last(change).state == "testing"


def test_a_branch_merged_by_hand_is_said_to_be_merged(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    git(stage.work, "merge", "-q", "--no-edit", "feature")
    git(stage.work, "push", "-q", "origin", "main")
    stage.tick()
    change.refresh_from_db()
    assert (change.state, last(change).reason["code"]) == ("merged", "merged_by_hand")


def test_a_foreign_lock_on_the_target_holds_and_is_never_removed(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge()
    lock = stage.repo / "refs/heads/main.lock"
    lock.touch()
    stage.tick()
    assert (last(change).state, last(change).reason["code"]) == ("held", "upstream_locked")
    assert lock.exists()
    assert stage.main() == before
    lock.unlink()
    stage.tick()
    assert last(change).state == "merged"


def test_an_upstream_that_is_gone_holds_and_goes_on_when_it_is_back(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    away = stage.repo.with_name("away.git")
    stage.repo.rename(away)
    stage.tick()
    assert (last(change).state, last(change).reason["code"]) == ("held", "upstream_unreachable")
    away.rename(stage.repo)
    stage.tick()
    stage.judge()
    stage.tick()
    assert last(change).state == "merged"


def test_squash_makes_one_commit_by_the_author(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    stage = Stage(tmp_path, bare=True, merge={"method": "squash"})
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.land(change)
    assert git(stage.repo, "log", "--format=%P|%an|%s", "-1", "main") == f"{before}|Rui Alves|Work on feature"


def test_undo_makes_a_change_that_takes_the_merge_back(stage):
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n"), "b.txt": "b\n"})
    stage.land(change)
    other = stage.branch("other", {"c.txt": "c\n"})
    stage.land(other)
    change.refresh_from_db()
    revert = gate.undo(change, by=factories.ada())
    assert gate.undo(change, by=factories.ada()).pk == revert.pk
    stage.land(revert)
    assert git(stage.repo, "show", "main:app.txt") == LINES.strip()
    assert git(stage.repo, "ls-tree", "--name-only", "main").split() == ["app.txt", "c.txt", "notes"]


def test_a_finished_landing_finishes_the_task_and_the_run(stage):
    task = factories.task(stage.project, state="started")
    run = factories.run(task, state="waiting", waiting_for="review")
    change = stage.branch("feature", {"b.txt": "b\n"})
    Change.objects.filter(pk=change.pk).update(task=task)
    change.patch_sets.update(run=run)
    change.refresh_from_db()
    stage.land(change)
    task.refresh_from_db()
    run.refresh_from_db()
    assert (task.state, run.state) == ("done", "succeeded")


def test_patch_sets_stay_in_the_hub_under_their_own_refs(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.branch("feature", {"b.txt": "bb\n"})
    refs = stage.stores.refs(f"refs/changes/{change.pk}/")
    assert list(refs.values()) == [p.head_sha for p in review_queries.change_page(change).patch_sets]


def test_a_project_file_that_lands_is_the_definition_of_the_next_candidate(stage):
    text = '[checks.unit]\ncommand = ["true"]\n'
    one = stage.branch("one", {".teamboard/project.toml": text})
    two = stage.branch("two", {"b.txt": "b\n"})
    stage.approve(two)  # in the queue behind: approved under the old definition
    gate.withdraw(last(two), by=factories.ada())
    stage.land(one)
    settings_ = board.settings_in_force(stage.project)
    assert (settings_.source, list(settings_.checks)) == ("file", ["unit"])
    stage.approve(two)
    stage.tick()
    assert CheckRun.objects.get(tree_sha=last(two).candidate_tree).name == "unit"


def test_what_was_approved_under_another_definition_is_returned(stage):
    one = stage.branch("one", {".teamboard/project.toml": '[checks.unit]\ncommand = ["true"]\n'})
    two = stage.branch("two", {"b.txt": "b\n"})
    stage.approve(one)
    stage.approve(two)
    stage.tick()
    stage.judge()
    stage.tick()
    assert (last(one).state, last(two).reason["code"]) == ("merged", "approval_stale")


def test_a_check_that_turns_out_red_on_the_target_leaves_nothing_to_prove_and_stops_the_entry(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    body = board.settings_body(stage.project)
    Calibration.objects.create(
        project=stage.project,
        check_name="tests",
        commit_sha=stage.main(),
        definition_digest=projectfile.check_digest(body, "tests"),
        result=Calibration.RED,
    )
    stage.tick()
    assert (last(change).state, last(change).reason["code"]) == ("returned", "cancelled")


def test_an_upstream_that_does_not_let_the_target_move_holds_and_says_why(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge()
    # A folder where git must write its log of the branch: no lock, no race, simply a refusal.
    git(stage.repo, "config", "core.logAllRefUpdates", "true")
    (stage.repo / "logs/refs/heads/main").mkdir(parents=True)
    (stage.repo / "logs/refs/heads/main/x").touch()
    stage.tick()
    assert (last(change).state, last(change).reason["code"]) == ("held", "upstream_refused")
    assert (stage.main(), Intent.objects.count()) == (before, 0)


def test_a_remote_is_moved_by_a_push_with_a_lease(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    stage = Stage(tmp_path, bare=True)
    stage.project.upstream, stage.project.upstream_kind = f"file://{stage.repo}", "remote"
    stage.project.save()
    change = stage.branch("feature", {"b.txt": "b\n"})
    after = stage.land(change)
    change.refresh_from_db()
    assert (change.state, change.merged_sha) == ("merged", after)
