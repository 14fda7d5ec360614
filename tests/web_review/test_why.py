"""Where a line comes from, and asking the agent about a thread: through the page's own addresses."""

import pytest

from teamboard.parts.paths import pack
from teamboard.reviews import actions
from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = pytest.mark.django_db
PATH = pack("ledger/posting.py")


def why(room, client, **asked):
    return client.get(f"/changes/{room.change.pk}/why/", {"path": PATH, "side": "new", **asked})


def test_a_line_is_traced_to_the_patch_set_that_brought_it(room, as_):
    room.upload(SECOND, "Say what amounts are")
    ada = as_(factories.ada())
    new, first, old = (why(room, ada, line=number).content.decode() for number in (1, 6, 3))
    assert "Say what amounts are" in new
    assert ">Patch set 2</a>" in new
    assert "Round half-even in every posting" in first
    assert ">Patch set 1</a>" in first
    assert "It was there before this change" in old
    assert "Begin" in old
    assert "Patch set" not in old
    assert "Begin" in why(room, ada, side="old", line=4).content.decode()


def test_what_is_no_line_gets_a_sentence(room, as_):
    ada = as_(factories.ada())
    assert why(room, ada, line="x")["X-Notice"] == "invalid"
    assert why(room, ada, line=4000).status_code == 404
    assert why(room, ada, line=1, path=pack("no/such")).status_code == 404
    assert "<script>" not in why(room, ada, line=1, text="<script>").content.decode()


def test_a_change_without_an_agent_has_nobody_to_ask(room, as_):
    ada = as_(factories.ada())
    thread = actions.open_thread(room.change, 1, body="Why?", by=factories.ada())
    assert ada.post(f"/threads/{thread.pk}/ask/")["X-Notice"] == "no_agent"
    assert "ask-agent" not in ada.get(f"/changes/{room.change.pk}/").content.decode()


def test_what_is_peculiar_of_a_repository_stays_on_its_settings_page(room, as_):
    ada = as_(factories.ada())
    assert 'data-note="' not in ada.get(f"/p/{room.project.pk}/settings/").content.decode()
    room.project.notes = [{"code": "submodules", "message": "It has submodules.", "remedy": "They are not fetched."}]
    room.project.save()
    html = ada.get(f"/p/{room.project.pk}/settings/").content.decode()
    assert 'data-note="submodules"' in html
    assert "It has submodules. They are not fetched." in html
