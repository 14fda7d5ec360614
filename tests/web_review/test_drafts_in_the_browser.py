"""What is typed on a change reaches the board once, whatever becomes of the connection."""

import pytest
from playwright.sync_api import Page, Route, expect

from teamboard.reviews.models import Comment, Thread
from tests import factories
from tests.web_review.test_in_the_browser import line

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def lost(route: Route) -> None:
    """The board hears it, and its answer does not arrive."""
    route.fetch()
    route.abort()


def typed(page: Page, words: str) -> None:
    line(page, 4).click(position={"x": 20, "y": 8})
    page.keyboard.type(words)


def online(page: Page, pattern: str) -> None:
    page.unroute(pattern)
    page.evaluate("() => dispatchEvent(new Event('online'))")


def test_a_draft_typed_offline_survives_a_reload_and_is_saved_when_the_board_is_back(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.route("**/drafts/", lambda route: route.abort())
    typed(page, "Half even?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".compose .saved")).to_contain_text("Kept in this browser")
    page.reload()
    expect(page.locator(".thread[data-state=draft] textarea")).to_have_value("Half even?")
    expect(page.locator(".compose .saved")).to_contain_text("Kept in this browser")
    online(page, "**/drafts/")
    expect(page.locator(".compose .saved")).to_have_text("Saved")
    draft = Comment.objects.get()
    assert (draft.body, draft.published_at, draft.thread.end_line) == ("Half even?", None, 4)
    assert page.evaluate("() => Object.keys(localStorage).filter((name) => name.startsWith('drafts'))") == []


def test_a_draft_whose_answer_was_lost_is_there_once(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.route("**/drafts/", lost)
    typed(page, "Half even?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".compose .saved")).to_contain_text("Kept in this browser")
    page.locator(".compose textarea").focus()
    page.keyboard.type(" Or up?")
    online(page, "**/drafts/")
    expect(page.locator(".compose .saved")).to_have_text("Saved")
    assert Comment.objects.get().body == "Half even? Or up?"
    page.reload()
    expect(page.locator(".thread[data-state=draft] textarea")).to_have_value("Half even? Or up?")


def test_a_comment_whose_answer_was_lost_is_sent_once_also_over_a_reload(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.route("**/comment/", lost)
    typed(page, "Half even?")
    page.click("[data-act=send-now]")
    expect(page.locator(".compose .saved")).to_contain_text("sent once the board answers")
    page.unroute("**/comment/")
    page.reload()
    expect(page.locator(".thread[data-state=open]")).to_contain_text("Half even?")
    expect(page.locator(".compose")).to_have_count(0)
    assert Comment.objects.get().published_at
    assert Thread.objects.get().end_line == 4


def test_a_draft_that_was_discarded_can_be_had_back(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    typed(page, "Half even?")
    expect(page.locator(".compose .saved")).to_have_text("Saved")
    page.click("[data-act=discard]")
    expect(page.locator(".compose")).to_have_count(0)
    assert not Comment.objects.exists()
    page.click("#notices .btn")
    expect(page.locator(".compose .saved")).to_have_text("Saved")
    draft = Comment.objects.get()
    assert (draft.body, draft.thread.end_line) == ("Half even?", 4)
    expect(page.locator("#notices .notice")).to_have_count(0)


def test_a_saved_draft_keeps_its_line_when_it_is_sent_after_a_reload(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    typed(page, "Half even?")
    expect(page.locator(".compose .saved")).to_have_text("Saved")
    page.reload()
    page.click("[data-act=send-now]")
    expect(page.locator(".thread[data-state=open]")).to_contain_text("Half even?")
    assert Thread.objects.get().end_line == 4


def test_on_a_phone_a_comment_is_written_in_a_sheet_and_stays_as_a_draft(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.set_viewport_size({"width": 390, "height": 844})
    typed(page, "Half even?")
    sheet = page.locator(".composer-sheet")
    expect(sheet).to_contain_text("return scale(amount, rate)")
    box = sheet.bounding_box()
    assert box
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    page.click("[data-act=close-sheet]")
    expect(sheet).to_have_count(0)
    expect(page.locator(".thread[data-state=draft] textarea")).to_have_value("Half even?")
