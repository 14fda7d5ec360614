"""A suggested change: shown as a small diff, applied as a person's patch set, refused when its lines have changed."""

import pytest
from playwright.sync_api import expect

from agents import Brief
from agents.prompts import brief_text
from teamboard.pipeline.briefs import feedback_of
from teamboard.reviews import actions
from teamboard.reviews.models import Comment, PatchSet, Thread
from tests import factories
from tests.web_review.conftest import SECOND
from tests.web_review.test_in_the_browser import line

pytestmark = pytest.mark.django_db
PATH = "ledger/posting.py"
EXACT = "Say it:\n```suggestion\n    return exact(amount, rate)\n```\nPlease."


def suggest(room, body: str = EXACT, *, path: str = PATH, first: int = 4, last: int = 4) -> Comment:
    rui = factories.rui(room.project)
    return actions.open_thread(room.change, 1, path, "new", first, last, body, by=rui).comments.get()


def put_in(room, client, *comments: Comment):
    return client.post(
        f"/changes/{room.change.pk}/suggestions/", {"comment": ",".join(str(one.pk) for one in comments)}
    )


def page(room, client) -> str:
    return client.get(f"/changes/{room.change.pk}/").content.decode()


def test_it_is_shown_as_lines_taken_and_given(room, as_):
    suggest(room)
    html = page(room, as_(factories.ada()))
    assert (
        '<del class="ln">    return scale(amount, rate)</del><ins class="ln">    return exact(amount, rate)</ins>'
        in html
    )
    assert "Suggested change, line 4" in html
    assert "<p>Please.</p>" in html
    assert 'data-act="apply-suggestion"' in html
    assert 'data-act="apply-suggestion"' not in page(room, as_(factories.olga(room.project)))


def test_applying_makes_a_patch_set_of_the_person_and_resolves_the_thread(room, as_):
    comment, ada = suggest(room), as_(factories.ada())
    answer = put_in(room, ada, comment)
    assert answer["HX-Redirect"] == f"/changes/{room.change.pk}/?ps=2&against=1"
    made = room.change.patch_sets.get(number=2)
    assert made.uploaded_by == factories.ada()
    assert "Suggested by Rui Alves in the review." in made.message
    assert room.stores.blob(made.head_sha, PATH).endswith(b"    return exact(amount, rate)\n")
    thread = Thread.objects.get()
    assert thread.state == "resolved"
    assert thread.comments.last().body == "Applied in patch set 2."
    assert 'data-state="applied"' in page(room, ada)
    assert put_in(room, ada, comment)["X-Notice"] == "already_applied"


def test_it_follows_its_lines_into_a_newer_patch_set(room, as_):
    comment = suggest(room)
    room.upload(SECOND)
    assert "Suggested change, line 6" in page(room, as_(factories.ada()))
    assert put_in(room, as_(factories.ada()), comment).status_code == 204
    made = room.change.patch_sets.get(number=3)
    lines = room.stores.blob(made.head_sha, PATH).split(b"\n")
    assert (lines[0], lines[5]) == (b"# Amounts are integers.", b"    return exact(amount, rate)")


def test_it_is_stale_when_its_lines_have_changed(room, as_):
    comment = suggest(room)
    room.upload({PATH: b"def total(amount, rate):\n    return other(amount)\n"})
    ada = as_(factories.ada())
    assert "stale: the lines have changed" in page(room, ada)
    answer = put_in(room, ada, comment)
    assert (answer.status_code, answer["X-Notice"]) == (409, "stale_suggestion")
    assert "does not fit them" in answer.content.decode()
    assert PatchSet.objects.count() == 2


def test_several_are_one_patch_set_and_all_or_none(room, as_):
    ada = as_(factories.ada())
    one = suggest(room)
    two = suggest(room, "```suggestion\n```", first=2, last=3)
    three = suggest(
        room, "~~~suggestion\ndef scale(a, b):\n    return a * b\n~~~", path="ledger/new.py", first=1, last=2
    )
    clash = suggest(room, "```suggestion\nx\n```", first=3, last=4)
    assert put_in(room, ada, one, clash)["X-Notice"] == "overlapping_suggestions"
    assert PatchSet.objects.count() == 1
    assert put_in(room, ada, one, two, three).status_code == 204
    made = PatchSet.objects.get(number=2)
    assert room.stores.blob(made.head_sha, PATH) == b"def total(amount, rate):\n    return exact(amount, rate)\n"
    assert room.stores.blob(made.head_sha, "ledger/new.py") == b"def scale(a, b):\n    return a * b\n"
    assert put_in(room, ada)["X-Notice"] == "nothing_to_apply"


def test_line_ends_of_the_file_are_kept(start, as_):
    room = start(base={"a.txt": b"one\r\ntwo\r\n"}, first={"a.txt": b"one\r\nthree\r\n"})
    comment = suggest(room, "```suggestion\r\nfour\r\n```", path="a.txt", first=2, last=2)
    assert put_in(room, as_(factories.ada()), comment).status_code == 204
    assert room.stores.blob(PatchSet.objects.get(number=2).head_sha, "a.txt") == b"one\r\nfour\r\n"


def test_the_agent_is_told_what_is_suggested(room):
    comment = suggest(room)
    told = brief_text(Brief(run=1, step=1, round=2, title="T", feedback=(feedback_of(comment.thread),)))
    said = "Suggested replacement for ledger/posting.py, line 4. Put it in as it is, or reply why not:"
    assert f"{said}\n```\n    return exact(amount, rate)\n```" in told


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_is_written_with_a_button_and_applied_with_others(room, visit):
    suggest(room, "```suggestion\ndef scale(amount, factor):\n```", path="ledger/new.py", first=1, last=1)
    tab = visit(factories.ada(), f"/changes/{room.change.pk}/")
    line(tab, 4).click(position={"x": 20, "y": 8})
    tab.click("[data-act=suggest]")
    expect(tab.locator(".compose textarea")).to_have_value("```suggestion\n    return scale(amount, rate)\n```\n")
    tab.keyboard.type("    return exact(amount, rate)")
    tab.click("[data-act=send-now]")
    given = ["def scale(amount, factor):", "    return exact(amount, rate)"]
    expect(tab.locator(".suggestion ins")).to_have_text(given)
    for box in tab.locator("[data-pick]").all():
        box.check()
    tab.click("#apply-picked")
    tab.wait_for_url("**/?ps=2&against=1")
    made = PatchSet.objects.get(number=2)
    assert b"exact(amount, rate)" in room.stores.blob(made.head_sha, PATH)
    assert room.stores.blob(made.head_sha, "ledger/new.py").startswith(b"def scale(amount, factor):\n")
