"""Drafts and threads through the page's own addresses."""

import pytest

from teamboard.reviews import actions
from teamboard.reviews.models import Comment, Thread
from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = pytest.mark.django_db

PLACE = {"path": "ledger/posting.py", "side": "new", "start": "4", "end": "4", "ps": "1"}


def at(room, verb: str) -> str:
    return f"/changes/{room.change.pk}/{verb}/"


def test_a_draft_is_saved_twice_as_one_and_shown_to_its_writer_alone(room, as_):
    ada = as_(factories.ada())
    first = ada.post(at(room, "drafts"), PLACE | {"body": "what ab"}).json()
    again = ada.post(at(room, "drafts"), PLACE | {"body": "what about zero?", "thread": first["thread"]}).json()
    assert first == again
    assert Comment.objects.get().body == "what about zero?"
    assert "what about zero?" in ada.get(at(room, "")[:-1]).content.decode()
    assert "what about zero?" not in as_(factories.rui(room.project)).get(at(room, "")[:-1]).content.decode()
    assert as_(factories.rui(room.project)).get(at(room, f"threads/{first['thread']}")).status_code == 404


def test_an_observer_cannot_save_a_draft(room, as_):
    assert as_(factories.olga(room.project)).post(at(room, "drafts"), PLACE | {"body": "x"}).status_code == 403


def test_sending_now_shows_the_thread_under_its_line_and_forgets_the_draft(room, as_):
    ada = as_(factories.ada())
    saved = ada.post(at(room, "drafts"), PLACE | {"body": "a"}).json()
    answer = ada.post(at(room, "comment"), PLACE | {"body": "a, finished", "draft": saved["draft"]})
    html = answer.content.decode()
    thread = Thread.objects.get()
    assert f'id="thread-{thread.pk}"' in html
    assert 'data-line="4"' in html
    assert Comment.objects.get().published_at


def test_an_empty_comment_is_refused_in_words(room, as_):
    answer = as_(factories.ada()).post(at(room, "comment"), PLACE | {"body": "  "})
    assert answer.status_code == 422
    assert "needs some text" in answer.content.decode()
    assert answer["X-Notice"] == "empty_comment"


def test_a_line_that_is_not_a_number_is_refused(room, as_):
    answer = as_(factories.ada()).post(at(room, "comment"), PLACE | {"body": "x", "start": "four"})
    assert answer.status_code == 422


def test_publishing_sends_all_drafts_together(room, as_):
    ada = as_(factories.ada())
    ada.post(at(room, "drafts"), PLACE | {"body": "one"})
    ada.post(at(room, "drafts"), PLACE | {"body": "two", "start": "1", "end": "2"})
    html = ada.post(at(room, "publish"), {"ps": "1"}).content.decode()
    assert html.count('class="thread"') == 2
    assert ada.post(at(room, "publish"), {"ps": "1"}).status_code == 422


def test_reply_resolve_reopen_and_verify(room, as_):
    thread = actions.open_thread(
        room.change, 1, "ledger/posting.py", "new", 4, 4, "Why?", by=factories.rui(room.project)
    )
    ada = as_(factories.ada())
    assert "Because." in ada.post(f"/threads/{thread.pk}/reply/", {"body": "Because.", "ps": "1"}).content.decode()
    assert 'data-state="resolved"' in ada.post(f"/threads/{thread.pk}/resolve/", {"ps": "1"}).content.decode()
    assert 'data-state="open"' in ada.post(f"/threads/{thread.pk}/reopen/", {"ps": "1"}).content.decode()
    assert "verified" in ada.post(f"/threads/{thread.pk}/verify/", {"ps": "1"}).content.decode()
    thread.refresh_from_db()
    assert thread.verified_by == factories.ada()


def test_only_members_with_a_voice_may_answer(room, as_):
    thread = actions.open_thread(room.change, 1, body="Why?", by=factories.ada())
    for verb in ("reply", "resolve", "reopen", "verify", "draft"):
        url = f"/threads/{thread.pk}/{verb}/"
        assert as_(factories.olga(room.project)).post(url, {"body": "x"}).status_code == 403
        assert as_(factories.eve()).post(url, {"body": "x"}).status_code == 404
        assert as_(factories.ada()).get(url).status_code == 405


def test_a_thread_follows_its_line_into_the_next_patch_set(room, as_):
    actions.open_thread(room.change, 1, "ledger/posting.py", "new", 4, 4, "Why scale?", by=factories.ada())
    room.upload(SECOND)
    html = as_(factories.ada()).get(at(room, "")[:-1]).content.decode()
    assert "written on PS1, line 4 → now line 6" in html
    row, thread = html.index('id="f-'), html.index("Why scale?")
    assert row < thread


def test_a_thread_whose_lines_are_gone_stays_with_its_file(room, as_):
    actions.open_thread(room.change, 1, "ledger/new.py", "new", 2, 2, "Rename?", by=factories.ada())
    room.upload({"ledger/new.py": b"nothing = 1\n"})
    html = as_(factories.ada()).get(at(room, "")[:-1]).content.decode()
    assert "Rename?" in html
    assert "those lines are gone, kept with the file" in html
    assert "return amount * rate" in html


def test_a_thread_whose_file_is_gone_stays_with_the_change(room, as_):
    actions.open_thread(room.change, 1, "ledger/new.py", "new", 2, 2, "Rename?", by=factories.ada())
    room.upload({"ledger/new.py": None})
    html = as_(factories.ada()).get(at(room, "")[:-1]).content.decode()
    assert "Rename?" in html.split('id="change-threads"')[1].split('id="files"')[0]


def test_discarding_a_draft_takes_its_empty_thread_along(room, as_):
    ada = as_(factories.ada())
    saved = ada.post(at(room, "drafts"), PLACE | {"body": "a"}).json()
    assert as_(factories.rui(room.project)).post(f"/drafts/{saved['draft']}/discard/").status_code == 404
    assert ada.post(f"/drafts/{saved['draft']}/discard/").status_code == 204
    assert not Thread.objects.exists()
