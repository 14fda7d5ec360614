"""Approve, ask for changes, reject: rights, staleness, and what comes back."""

import pytest

from teamboard.gate.models import QueueEntry
from teamboard.reviews import actions
from teamboard.reviews.models import Vote
from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = pytest.mark.django_db


def at(room, verb: str) -> str:
    return f"/changes/{room.change.pk}/{verb}/"


def named(room, number: int = 1) -> dict[str, str]:
    row = room.change.patch_sets.get(number=number)
    # The change holds a binary file, which no page can show.
    return {"number": str(number), "head": row.head_sha, "ps": str(number), "waive": "logo.bin"}


def test_an_approval_that_completes_the_requirements_queues_the_change(room, as_):
    ada = as_(factories.ada())
    ada.post(at(room, "served"), {"ps": "1"})
    answer = ada.post(at(room, "approve"), named(room))
    assert answer.status_code == 200
    assert QueueEntry.objects.get().change == room.change
    assert "it is in the queue" in answer.content.decode()


def test_an_approval_of_what_was_not_shown_is_refused(room, as_):
    answer = as_(factories.ada()).post(at(room, "approve"), named(room))
    assert answer.status_code == 409
    assert answer["X-Notice"] == "not_shown"


def test_a_stale_approval_is_refused_and_says_what_is_current(room, as_):
    ada = as_(factories.ada())
    ada.post(at(room, "served"), {"ps": "1"})
    stale = named(room)
    room.upload(SECOND)
    answer = ada.post(at(room, "approve"), stale)
    assert answer.status_code == 409
    assert "Patch set 2 has arrived" in answer.content.decode()
    assert not Vote.objects.exists()


def test_only_an_architect_approves(room, as_):
    assert as_(factories.rui(room.project)).post(at(room, "approve"), named(room)).status_code == 403
    assert as_(factories.eve()).post(at(room, "approve"), named(room)).status_code == 404
    assert as_(factories.ada()).get(at(room, "approve")).status_code == 405


def test_open_threads_are_waived_by_name(room, as_):
    actions.open_thread(room.change, 1, body="Hm.", by=factories.rui(room.project))
    ada = as_(factories.ada())
    ada.post(at(room, "served"), {"ps": "1"})
    ada.post(at(room, "approve"), named(room))
    assert not QueueEntry.objects.exists()
    ada.post(at(room, "approve"), named(room) | {"waive": ["threads", "logo.bin"]})
    assert QueueEntry.objects.get().vote.waived == ["shown:logo.bin", "threads"]


def test_asking_for_changes_votes_and_sends_the_drafts(room, as_):
    rui = as_(factories.rui(room.project))
    rui.post(at(room, "drafts"), {"path": "ledger/posting.py", "start": "4", "end": "4", "body": "Zero?", "ps": "1"})
    html = rui.post(at(room, "request-changes"), {"ps": "1", "body": "Please answer."}).content.decode()
    assert "Zero?" in html
    assert "Please answer." in html
    assert Vote.objects.get().value == -1


def test_asking_for_nothing_is_refused(room, as_):
    answer = as_(factories.rui(room.project)).post(at(room, "request-changes"), {"ps": "1"})
    assert answer.status_code == 422
    assert not Vote.objects.exists()


def test_a_reviewer_says_that_it_looks_good_and_takes_it_back(room, as_):
    rui = as_(factories.rui(room.project))
    assert "Take +1 back" in rui.post(at(room, "vote"), named(room) | {"value": "1"}).content.decode()
    assert "Looks good +1" in rui.post(at(room, "vote"), named(room) | {"value": "0"}).content.decode()
    assert rui.post(at(room, "vote"), named(room) | {"value": "2"}).status_code == 422


def test_a_rejected_change_can_be_restored(room, as_):
    ada = as_(factories.ada())
    html = ada.post(at(room, "reject"), {"body": "Not now.", "ps": "1"}).content.decode()
    assert "Not now." in html
    assert 'data-act="restore"' in html
    assert "Approve patch set 1" in ada.post(at(room, "restore"), {"ps": "1"}).content.decode()
    assert as_(factories.rui(room.project)).post(at(room, "reject"), {}).status_code == 403


def test_an_outdated_vote_is_struck_and_names_its_patch_set(room, as_):
    actions.open_thread(room.change, 1, body="Hm.", by=factories.rui(room.project))
    actions.request_changes(room.change, by=factories.rui(room.project))
    room.upload(SECOND)
    html = as_(factories.ada()).get(f"/changes/{room.change.pk}/").content.decode()
    assert "data-outdated" in html
    assert "on PS1" in html


def test_a_queued_change_is_taken_out_and_put_back(room, as_):
    ada = as_(factories.ada())
    ada.post(at(room, "served"), {"ps": "1"})
    ada.post(at(room, "approve"), named(room))
    html = ada.post(at(room, "withdraw"), {"ps": "1"}).content.decode()
    assert "It was taken out of the queue." in html
    assert 'data-act="requeue"' in html
    assert 'data-act="withdraw"' in ada.post(at(room, "requeue"), {"ps": "1"}).content.decode()
    assert ada.post(at(room, "undo"), {}).status_code == 409
    for verb in ("withdraw", "requeue", "undo"):
        assert as_(factories.rui(room.project)).post(at(room, verb), {}).status_code == 403


def test_a_merged_change_shows_no_requirements_and_can_be_undone(room, as_):
    head = room.change.patch_sets.get().head_sha
    actions.mark_merged(room.change, head)
    ada = as_(factories.ada())
    html = ada.get(f"/changes/{room.change.pk}/").content.decode()
    assert 'data-act="undo"' in html
    assert "Open for review" not in html
    assert ada.get(ada.post(at(room, "undo"), {}).json()["go"]).status_code == 200
