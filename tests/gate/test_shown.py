"""What was shown is bound to the approval: a file that was not is opened or waived by its name (I-14, D9)."""

import pytest

from teamboard.gate import actions as gate
from teamboard.gate.requirements import requirements
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries
from teamboard.reviews.actions.changes import _carry_votes
from teamboard.reviews.models import Vote
from tests import factories

pytestmark = pytest.mark.django_db
EDITS = {"app.py": "a" * 40, "logo.png": "b" * 40}


@pytest.fixture
def change():
    project = factories.project()
    factories.with_settings(project)
    change = factories.change(project)
    factories.patch_set(change, file_patch_ids=EDITS)
    return change


def newest_of(change):
    return change.patch_sets.order_by("number").last()


def show(change, *paths, by=None):
    reviews.served(newest_of(change), by or factories.ada(), paths)


def approve(change, **kwargs):
    newest = newest_of(change)
    return gate.approve(change, newest, newest.head_sha, by=factories.ada(), **kwargs)


def row_of(change):
    return next(row for row in requirements(change) if row.name == "shown")


def test_an_approval_without_a_file_shown_stays_out_of_the_queue_and_names_it(change):
    show(change, "app.py")
    approval = approve(change)
    assert approval.entry is None
    assert [(row.name, row.paths) for row in approval.unmet] == [("shown", ("logo.png",))]
    assert row_of(change).reason == "Not shown to Ada Ferrante: logo.png."


@pytest.mark.parametrize("name", ["logo.png", "shown:logo.png"])
def test_the_file_is_waived_by_its_own_name(change, name):
    show(change, "app.py")
    approval = approve(change, waived=[name])
    assert approval.entry is not None
    assert approval.entry.waived == ["shown:logo.png"]
    assert row_of(change).waived


@pytest.mark.parametrize("name", ["shown", "shown:other.png"])
def test_no_waiver_covers_what_it_does_not_name(change, name):
    show(change, "app.py")
    with pytest.raises(Refused) as refused:
        approve(change, waived=[name])
    assert refused.value.code == "not_waivable"
    assert not Vote.objects.exists()


def test_one_waiver_of_two_is_not_enough(change):
    show(change)
    assert [row.name for row in approve(change, waived=["logo.png"]).unmet] == ["shown"]
    assert approve(change, waived=["logo.png", "app.py"]).entry is not None


def test_a_file_named_like_a_requirement_does_not_waive_that_requirement(change):
    change.patch_sets.update(file_patch_ids={"threads": "c" * 40})
    reviews.open_thread(change, 1, body="Hm", by=factories.rui(change.project))
    show(change)
    assert [row.name for row in approve(change, waived=["shown:threads"]).unmet] == ["threads"]
    assert [row.name for row in approve(change, waived=["threads"]).unmet] == ["shown"]


def test_a_file_opened_after_the_approval_needs_another_one(change):
    show(change, "app.py")
    approve(change)
    show(change, "logo.png")
    assert row_of(change).met is False
    gate.admit(change.project)
    assert not change.entries.exists()
    assert approve(change).entry is not None


def test_what_one_person_was_shown_counts_for_nobody_else(change):
    show(change, *EDITS, by=factories.rui(change.project))
    show(change)
    assert [row.paths for row in approve(change).unmet] == [("app.py", "logo.png")]


def test_the_same_edits_in_an_earlier_patch_set_were_shown_already(change):
    show(change, *EDITS)
    factories.patch_set(change, file_patch_ids={**EDITS, "new.py": "d" * 40})
    assert queries.unshown_to(newest_of(change), factories.ada()) == ["new.py"]


def test_comparing_with_a_patch_set_that_was_shown_shows_the_rest(change):
    show(change, "app.py")
    first = newest_of(change)
    factories.patch_set(change, file_patch_ids={"app.py": "e" * 40, "logo.png": "f" * 40, "new.py": "d" * 40})
    drawn, differing = {"app.py", "new.py"}, {"app.py", "logo.png", "new.py"}
    reviews.served_since(newest_of(change), first, factories.ada(), drawn=drawn, differing=differing)
    # The logo is binary; the new file is not known from the first patch set, so only its own diff shows it all.
    assert queries.unshown_to(newest_of(change), factories.ada()) == ["logo.png", "new.py"]


def test_a_carried_approval_keeps_what_was_not_shown(change):
    show(change, "app.py")
    approve(change)
    again = {"file_patch_ids": EDITS, "patch_id": newest_of(change).patch_id, "base_sha": factories.sha()}
    _carry_votes(newest_of(change), factories.patch_set(change, **again))
    assert (Vote.objects.last().carried_from_id is not None, row_of(change).met) == (True, False)


def test_putting_it_back_in_the_queue_asks_for_everything_again(change):
    show(change, *EDITS)
    entry = approve(change).entry
    gate.withdraw(entry, by=factories.ada())
    factories.patch_set(change, file_patch_ids={"logo.png": "9" * 40})
    show(change)
    approve(change)
    with pytest.raises(Refused) as refused:
        gate.requeue(change, by=factories.ada())
    assert (refused.value.code, "logo.png" in str(refused.value)) == ("requirements_unmet", True)
