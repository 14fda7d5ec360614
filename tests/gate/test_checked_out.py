"""Landing on a target that the user has checked out: his tree is brought along, his files are never touched."""

import pytest

from teamboard.board.models import Project
from teamboard.gate import queries
from teamboard.reviews.adoption import adopt
from teamboard.reviews.models import Change
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return Stage(tmp_path)


def waits(stage, change: Change):
    stage.tick()
    stage.judge()
    stage.tick()
    entry = queries.entry_of(change)
    assert entry is not None
    return entry


def test_a_clean_tree_follows_and_stays_clean(stage):
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n"), "new/b.txt": "b\n"})
    after = stage.land(change)
    assert git(stage.work, "rev-parse", "HEAD") == after
    assert git(stage.work, "status", "--porcelain") == ""
    assert (stage.work / "new/b.txt").read_text() == "b\n"


def test_linked_work_trees_of_the_target_follow_and_others_are_left(stage, tmp_path):
    git(stage.work, "checkout", "-q", "-b", "elsewhere")
    git(stage.work, "worktree", "add", "-q", str(tmp_path / "linked"), "main")
    git(stage.work, "checkout", "-q", "-b", "feature", "main")
    stage.commit({"b.txt": "b\n"}, "Add b")
    git(stage.work, "checkout", "-q", "elsewhere")

    change = adopt(stage.project, "feature", by=factories.ada())
    after = stage.land(change)
    assert git(tmp_path / "linked", "rev-parse", "HEAD") == after
    assert git(tmp_path / "linked", "status", "--porcelain") == ""
    assert not (stage.work / "b.txt").exists()


def test_a_dirty_and_an_ignored_file_in_the_way_hold_it_named_and_unchanged_until_moved(stage):
    stage.commit({".gitignore": ".env\n"}, "Ignore")
    before = stage.main()
    git(stage.work, "checkout", "-q", "-b", "feature")
    (stage.work / ".env").write_text("SECRET=theirs\n")
    (stage.work / "app.txt").write_text(LINES.replace("line 3\n", "three\n"))
    git(stage.work, "add", "-f", ".env", "app.txt")
    git(stage.work, "commit", "-q", "-m", "Add settings")
    git(stage.work, "checkout", "-q", "main")

    change = adopt(Project.objects.get(pk=stage.project.pk), "feature", by=factories.ada())
    (stage.work / ".env").write_text("SECRET=mine\n")
    (stage.work / "app.txt").write_text(LINES + "half a thought")
    stage.approve(change)
    entry = waits(stage, change)
    assert (entry.state, entry.reason["code"]) == ("held", "files_in_the_way")
    assert entry.reason["files"] == [".env", "app.txt"]
    assert stage.main() == before
    assert (stage.work / ".env").read_text() == "SECRET=mine\n"
    assert (stage.work / "app.txt").read_text() == LINES + "half a thought"
    (stage.work / ".env").rename(stage.work / "env.kept")
    stage.tick()
    entry.refresh_from_db()
    assert (entry.state, entry.reason["files"]) == ("held", ["app.txt"])
    git(stage.work, "checkout", "-q", "--", "app.txt")
    stage.tick()
    entry.refresh_from_db()
    assert entry.state == "merged"
    assert (stage.work / ".env").read_text() == "SECRET=theirs\n"
    assert git(stage.work, "status", "--porcelain") == "?? env.kept"


def test_a_dirty_file_elsewhere_is_no_obstacle_and_is_kept(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    (stage.work / "notes/a.txt").write_text("mine\n")
    stage.land(change)
    assert (stage.work / "notes/a.txt").read_text() == "mine\n"
    assert git(stage.work, "status", "--porcelain") == "M notes/a.txt"


def test_one_held_entry_does_not_keep_others_from_landing(stage):
    held = stage.branch("held", {"app.txt": LINES.replace("line 3\n", "three\n")})
    free = stage.branch("free", {"b.txt": "b\n"})
    (stage.work / "app.txt").write_text("mine")
    stage.approve(held)
    assert waits(stage, held).state == "held"
    stage.approve(free)
    assert waits(stage, free).state == "merged"
    assert waits(stage, held).state == "held"  # tested again on the new target meanwhile
    assert (stage.work / "app.txt").read_text() == "mine"


def test_an_index_that_somebody_elses_git_has_locked_holds_before_anything_moves(stage):
    before = stage.main()
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    stage.tick()
    stage.judge()
    lock = stage.work / ".git/index.lock"
    lock.touch()
    stage.tick()
    entry = queries.entry_of(change)
    assert (entry.state, entry.reason["code"], stage.main()) == ("held", "upstream_locked", before)
    assert lock.exists()
    lock.unlink()
    stage.tick()
    entry.refresh_from_db()
    assert entry.state == "merged"
    assert git(stage.work, "status", "--porcelain") == ""
