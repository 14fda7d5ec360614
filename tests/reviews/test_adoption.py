"""A branch that is there comes under review, with threads that hang on its real lines."""

import pytest

from teamboard.lib.refusal import Refused
from teamboard.reviews import actions
from teamboard.reviews.adoption import adopt
from teamboard.reviews.revision import read_revision
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return Stage(tmp_path)


def test_its_commits_and_its_author_become_patch_set_one(stage):
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n"), "b.txt": "b\n"})
    patch_set = change.patch_sets.get()
    assert (change.title, change.branch, change.author_name) == ("Work on feature", "feature", "Rui Alves")
    assert (patch_set.files, patch_set.additions, patch_set.deletions, patch_set.commits) == (2, 2, 1, 1)
    assert patch_set.base_sha == stage.main()
    assert stage.stores.resolve(patch_set.ref) == patch_set.head_sha
    assert set(patch_set.file_patch_ids) == {"app.txt", "b.txt"}


def test_the_upstream_is_not_touched_by_it(stage):
    git(stage.work, "branch", "feature", stage.commit({"b.txt": "b\n"}))
    git(stage.work, "reset", "-q", "--hard", "HEAD^")
    before = git(stage.repo, "for-each-ref")
    adopt(stage.project, "feature", by=factories.ada())
    assert git(stage.repo, "for-each-ref") == before
    assert git(stage.work, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("branch", "code"), [("main", "is_target"), ("nowhere", "no_such_branch"), ("--upload-pack=x", "branch_like_flag")]
)
def test_what_cannot_be_reviewed_gets_a_sentence(stage, branch, code):
    with pytest.raises(Refused) as refused:
        adopt(stage.project, branch, by=factories.ada())
    assert refused.value.code == code
    assert refused.value.remedy


def test_a_branch_without_a_common_commit_is_refused(stage):
    git(stage.work, "checkout", "-q", "--orphan", "island")
    stage.commit({"x.txt": "x\n"})
    git(stage.work, "checkout", "-q", "main")
    with pytest.raises(Refused) as refused:
        adopt(stage.project, "island", by=factories.ada())
    assert refused.value.code == "unrelated"


def test_an_observer_may_not_put_a_branch_under_review(stage):
    with pytest.raises(Refused) as refused:
        adopt(stage.project, "feature", by=factories.olga(stage.project))
    assert refused.value.status == 403


def test_a_thread_keeps_the_text_of_its_lines(stage):
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n")})
    new = actions.open_thread(change, 1, "app.txt", "new", 3, 4, "Why?", by=factories.ada())
    old = actions.open_thread(change, 1, "app.txt", "old", 3, None, "And here?", by=factories.ada())
    assert (new.anchor_text, old.anchor_text, old.end_line) == ("three\nline 4", "line 3", 3)


@pytest.mark.parametrize(("path", "line", "code"), [("app.txt", 31, "bad_lines"), ("none.txt", 1, "no_such_file")])
def test_a_thread_cannot_hang_where_nothing_is(stage, path, line, code):
    change = stage.branch("feature", {"b.txt": "b\n"})
    with pytest.raises(Refused) as refused:
        actions.open_thread(change, 1, path, "new", line, line, "Why?", by=factories.ada())
    assert refused.value.code == code


def test_what_leaves_the_scope_or_touches_guarded_files_is_named(stage):
    change = stage.branch("feature", {"src/a.py": "a\n", "tests/b.py": "b\n", "c.py": "c\n"})
    patch_set = change.patch_sets.get()
    revision = read_revision(
        stage.stores, patch_set.base_sha, patch_set.head_sha, scope=["src/**", "tests/**"], guarded=["tests/**"]
    )
    assert (revision.outside_scope, revision.guarded) == (("c.py",), ("tests/b.py",))


def test_a_rebase_that_changes_nothing_keeps_the_patch_id(stage):
    change = stage.branch("feature", {"app.txt": LINES.replace("line 20\n", "twenty\n")})
    first = change.patch_sets.get()
    stage.commit({"app.txt": LINES.replace("line 2\n", "two\n")})
    git(stage.work, "checkout", "-q", "feature")
    git(stage.work, "rebase", "-q", "main")
    git(stage.work, "checkout", "-q", "main")
    second = adopt(stage.project, "feature", by=factories.ada()).patch_sets.last()
    assert second.number == 2
    assert (first.patch_id, first.file_patch_ids) == (second.patch_id, second.file_patch_ids)
