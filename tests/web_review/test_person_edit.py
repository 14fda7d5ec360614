"""A person edits a file in the page; applying it is a patch set of theirs."""

import pytest

from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = pytest.mark.django_db
PATH = "ledger/posting.py"


def edit(room) -> str:
    return f"/changes/{room.change.pk}/edit/"


def test_applying_an_edit_makes_the_next_patch_set(room, as_):
    ada = as_(factories.ada())
    page = ada.get(edit(room), {"path": PATH}).content.decode()
    assert "def total(amount, rate):" in page
    head = room.change.patch_sets.get().head_sha
    answer = ada.post(edit(room), {"path": PATH, "head": head, "text": "x = 1\r\n", "message": "Simplify"})
    assert answer.status_code == 302
    made = room.change.patch_sets.get(number=2)
    assert made.uploaded_by == factories.ada()
    assert made.message == "Simplify"
    assert room.stores.blob(made.head_sha, PATH) == b"x = 1\n"
    assert room.stores.resolve(made.ref) == made.head_sha
    assert ada.get(answer["Location"]).status_code == 200


def test_an_edit_of_an_older_patch_set_is_refused(room, as_):
    head = room.change.patch_sets.get().head_sha
    room.upload(SECOND)
    answer = as_(factories.ada()).post(edit(room), {"path": PATH, "head": head, "text": "x"})
    assert answer.status_code == 409
    assert "Patch set 2 has arrived" in answer.content.decode()


def test_the_same_text_again_is_no_patch_set(room, as_):
    head = room.change.patch_sets.get().head_sha
    text = room.stores.blob(head, PATH).decode().replace("\n", "\r\n")
    assert as_(factories.ada()).post(edit(room), {"path": PATH, "head": head, "text": text}).status_code == 422


def test_a_binary_file_is_not_edited_here(room, as_):
    answer = as_(factories.ada()).get(edit(room), {"path": "logo.bin"})
    assert answer.status_code == 409
    assert "not text" in answer.content.decode()


def test_an_observer_may_not_edit(room, as_):
    assert as_(factories.olga(room.project)).get(edit(room), {"path": PATH}).status_code == 403
    assert as_(factories.ada()).get(edit(room), {"path": "no/such"}).status_code == 404
