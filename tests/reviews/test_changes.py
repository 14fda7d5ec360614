"""Changes, patch sets and the votes they carry."""

import pytest

from teamboard.events.models import Event
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions, queries
from teamboard.reviews.models import Change, Vote
from teamboard.reviews.revision import Revision, matches
from tests import factories

pytestmark = pytest.mark.django_db


def revision(**fields):
    given = {
        "base_sha": factories.sha(),
        "head_sha": factories.sha(),
        "tree_sha": factories.sha(),
        "patch_id": "f" * 40,
        "file_patch_ids": {"a.py": "1" * 40},
        "message": "Round to cents\n\nBecause.",
        "additions": 2,
        **fields,
    }
    return Revision(**given)


def test_a_change_opens_with_patch_set_one_and_the_next_free_number():
    project = factories.project()
    first = actions.open_change(project, revision=revision(), origin=Change.RUN)
    second = actions.open_change(project, revision=revision(), origin=Change.RUN)
    assert (first.number, second.number, first.title) == (1, 2, "Round to cents")
    assert [p.number for p in first.patch_sets.all()] == [1]
    assert [e.kind for e in Event.objects.all()][:2] == ["change_opened", "patch_set_uploaded"]


def test_adopting_a_branch_twice_gives_one_change_and_does_not_make_an_author():
    project = factories.project()
    info = revision()
    first = actions.adopt_branch(project, "feature/x", info, by=factories.ada())
    again = actions.adopt_branch(project, "feature/x", info, by=factories.rui(project))
    assert (first.pk, first.patch_sets.count()) == (again.pk, 1)
    assert first.patch_sets.get().uploaded_by is None


def test_a_branch_without_own_commits_is_refused():
    sha = factories.sha()
    with pytest.raises(Refused) as refused:
        actions.adopt_branch(factories.project(), "same", revision(base_sha=sha, head_sha=sha), by=factories.ada())
    assert refused.value.code == "nothing_to_review"


def test_the_same_head_is_no_news():
    change = actions.open_change(factories.project(), revision=(info := revision()), origin=Change.RUN)
    assert actions.upload_patch_set(change, info).number == 1
    assert Event.objects.filter(kind="patch_set_uploaded").count() == 1


@pytest.fixture
def approved():
    project = factories.project()
    change = actions.open_change(project, revision=revision(), origin=Change.RUN)
    first = change.patch_sets.get()
    actions.cast_vote(change, first, first.head_sha, 2, by=factories.ada())
    return change


def test_a_rebase_that_changes_nothing_carries_the_votes(approved):
    second = actions.upload_patch_set(approved, revision())
    vote = queries.current_votes(approved)[0]
    assert (vote.patch_set, vote.value, vote.carried_from.patch_set.number) == (second, 2, 1)
    assert vote.head_sha == second.head_sha
    assert len(queries.votes_of(approved)) == 1
    assert Vote.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"patch_id": "e" * 40},
        {"file_patch_ids": {"b.py": "1" * 40}},
        {"additions": 3},
        {"deletions": 1},
    ],
)
def test_any_other_content_outdates_the_votes_and_keeps_them(approved, other):
    actions.upload_patch_set(approved, revision(**other))
    assert queries.current_votes(approved) == []
    assert [v.value for v in queries.votes_of(approved)] == [2]


def test_a_new_head_on_the_same_base_outdates_even_with_equal_lines(approved):
    base = approved.patch_sets.get().base_sha
    actions.upload_patch_set(approved, revision(base_sha=base))
    assert queries.current_votes(approved) == []


def test_a_vote_on_an_older_patch_set_is_refused_and_says_what_is_newest(approved):
    first = approved.patch_sets.get()
    second = actions.upload_patch_set(approved, revision(patch_id="e" * 40))
    with pytest.raises(Refused) as refused:
        actions.cast_vote(approved, first, first.head_sha, 1, by=factories.ada())
    assert refused.value.details["current"] == {"patch_set": 2, "head_sha": second.head_sha}


@pytest.mark.parametrize("value", [2])
def test_only_an_architect_approves(value):
    project = factories.project()
    change = actions.open_change(project, revision=revision(), origin=Change.RUN)
    first = change.patch_sets.get()
    for who in (factories.rui(project), factories.olga(project), factories.eve()):
        with pytest.raises(Refused) as refused:
            actions.cast_vote(change, first, first.head_sha, value, by=who)
        assert refused.value.status == 403
    assert not Vote.objects.exists()


def test_a_second_vote_replaces_the_first_and_zero_takes_it_back(approved):
    first = approved.patch_sets.get()
    ada = factories.ada()
    actions.cast_vote(approved, first, first.head_sha, -1, by=ada)
    assert [v.value for v in queries.current_votes(approved)] == [-1]
    assert actions.cast_vote(approved, first, first.head_sha, 0, by=ada) is None
    assert queries.current_votes(approved) == []
    assert Vote.objects.count() == 2


def test_rejected_work_is_kept_and_comes_back():
    change = factories.change()
    ada = factories.ada()
    actions.abandon(change, "Not now", by=ada)
    assert (change.state, change.reason) == ("abandoned", "Not now")
    actions.restore(change, by=ada)
    assert (change.state, change.reason) == ("open", "")
    with pytest.raises(Refused):
        actions.restore(change, by=ada)


def test_a_reviewer_may_not_reject_other_peoples_work():
    change = factories.change()
    with pytest.raises(Refused):
        actions.abandon(change, by=factories.rui(change.project))


def test_a_merged_change_takes_no_patch_set():
    change = actions.open_change(factories.project(), revision=revision(), origin=Change.RUN)
    actions.mark_merged(change, factories.sha())
    actions.mark_merged(change, factories.sha())
    with pytest.raises(Refused) as refused:
        actions.upload_patch_set(change, revision())
    assert refused.value.code == "change_merged"


def test_a_deleted_branch_says_so_until_it_is_back():
    project = factories.project()
    change = actions.adopt_branch(project, "feature/x", revision(), by=factories.ada())
    actions.branch_gone(change)
    change.refresh_from_db()
    assert "feature/x was deleted" in change.branch_problem
    patch_set = actions.branch_moved(change, revision(patch_id="e" * 40), rewritten=True)
    change.refresh_from_db()
    assert change.branch_problem == ""
    assert "rewritten" in patch_set.notes[0]


@pytest.mark.parametrize(
    ("path", "glob", "fits"),
    [
        ("tests/a/b.py", "tests/**", True),
        ("tests", "tests/**", True),
        ("testsuite/a.py", "tests/**", False),
        ("src/a.py", "src", True),
        ("pyproject.toml", "pyproject.toml", True),
        ("deep/x.toml", "**/x.toml", True),
        ("x.toml", "**/x.toml", True),
        ("a/b.py", "*.py", True),
    ],
)
def test_globs_mean_what_people_mean(path, glob, fits):
    assert matches(path, [glob]) is fits


def test_the_inbox_puts_what_waits_for_you_first():
    project = factories.project()
    rui = factories.rui(project)
    mine = actions.open_change(project, revision=revision(), origin=Change.RUN, title="voted")
    first = mine.patch_sets.get()
    actions.cast_vote(mine, first, first.head_sha, 1, by=rui)
    actions.open_change(project, revision=revision(), origin=Change.RUN, title="new")
    rows = queries.inbox(project, rui)
    assert [(row.change.title, row.turn) for row in rows] == [("new", "you"), ("voted", "others")]
