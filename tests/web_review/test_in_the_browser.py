"""The change page in a real Chromium: drafts, threads, verdicts and keys as a reader uses them."""

import pytest
from playwright.sync_api import Locator, Page, expect

from teamboard.gate.models import QueueEntry
from teamboard.reviews import actions
from teamboard.reviews.models import Comment, Served, Thread, Viewed, Vote
from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def line(page: Page, number: int, name: str = "posting.py"):
    return page.locator(f'.file[aria-label$="{name}"] .ln[data-n="{number}"]')


def hint(page: Page, thread: Thread) -> None:
    page.evaluate(f"document.dispatchEvent(new CustomEvent('live:hint', {{detail: {{target: 'thread-{thread.pk}'}}}}))")


def press(page: Page, spot: Locator, **where: float) -> None:
    spot.scroll_into_view_if_needed()
    spot.hover(position=where or None)  # type: ignore[arg-type]
    page.mouse.down()


def test_a_line_that_is_being_pressed_stays_until_its_click(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    above = actions.open_thread(
        room.change, 1, "ledger/posting.py", "new", 2, 2, "Above", by=factories.rui(room.project)
    )
    press(page, line(page, 4), x=20, y=8)
    with page.expect_response(f"**/threads/{above.pk}/**"):
        hint(page, above)
    page.mouse.up()
    expect(page.locator(".thread[data-state=draft] .where")).to_have_text("line 4")
    expect(page.locator(f"#thread-{above.pk}")).to_contain_text("Above")


def test_reply_is_heard_though_its_thread_changed_while_it_was_pressed(room, visit):
    rui = factories.rui(room.project)
    thread = actions.open_thread(room.change, 1, "ledger/posting.py", "new", 2, 2, "Why?", by=rui)
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    press(page, page.locator("[data-act=reply]"))
    actions.post_comment(thread, "And how?", by=rui)
    with page.expect_response(f"**/threads/{thread.pk}/**"):
        hint(page, thread)
    page.mouse.up()
    expect(page.locator(".thread .compose textarea")).to_be_focused()
    expect(page.locator(".comment")).to_have_count(2)
    expect(page.locator(".thread .compose textarea")).to_be_focused()


def test_a_comment_is_saved_while_typing_and_sent_at_once(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    line(page, 4).click(position={"x": 20, "y": 8})
    page.keyboard.type("What if the rate is zero?")
    expect(page.locator(".compose .saved")).to_have_text("Saved")
    assert Comment.objects.get().published_at is None
    page.click("[data-act=send-now]")
    expect(page.locator(".thread[data-state=open]")).to_contain_text("What if the rate is zero?")
    thread = Thread.objects.get()
    assert (thread.path, thread.side, thread.start_line, thread.end_line) == ("ledger/posting.py", "new", 4, 4)
    assert thread.anchor_text == "    return scale(amount, rate)"


def test_a_draft_survives_a_reload_and_is_sent_with_the_review(room, visit):
    page = visit(factories.rui(room.project), f"/changes/{room.change.pk}/")
    line(page, 4).click(position={"x": 20, "y": 8})
    page.keyboard.type("Half even?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#publish")).to_be_visible()
    page.reload()
    expect(page.locator(".thread[data-state=draft] textarea")).to_have_value("Half even?")
    page.click("#verdict-buttons [data-act=request-changes]")
    page.fill("#ask-request-changes textarea", "Please look.")
    page.click("[data-act=request-changes-send]")
    expect(page.locator(".thread[data-state=open]")).to_have_count(2)
    expect(page.locator("#ask-request-changes")).to_be_hidden()
    assert Vote.objects.get().value == -1


def test_a_range_of_lines_is_chosen_with_shift(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    line(page, 1, "new.py").click(position={"x": 300, "y": 8})
    line(page, 2, "new.py").click(position={"x": 20, "y": 8}, modifiers=["Shift"])
    expect(page.locator(".thread .where")).to_have_text("lines 1 – 2")
    page.keyboard.type("Rename?")
    page.click("[data-act=send-now]")
    expect(page.locator(".thread[data-state=open]")).to_be_visible()
    assert Thread.objects.values_list("start_line", "end_line").get() == (1, 2)


def test_reply_verify_and_reopen(room, visit):
    actions.open_thread(room.change, 1, "ledger/posting.py", "new", 4, 4, "Why?", by=factories.rui(room.project))
    actions.request_changes(room.change, by=factories.rui(room.project))
    room.upload(SECOND)
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.click("[data-act=reply]")
    page.keyboard.type("Because.")
    page.click("[data-act=send-now]")
    expect(page.locator(".comment")).to_have_count(2)
    page.click("[data-act=verify]")
    expect(page.locator(".thread[data-state=resolved]")).to_be_visible()
    expect(page.locator(".talk")).to_be_hidden()
    page.click("[data-act=unfold-thread]")
    page.click("[data-act=reopen]")
    expect(page.locator(".thread[data-state=open]")).to_be_visible()


def test_approving_asks_once_and_queues(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    assert Served.objects.exists()
    page.click("#verdict-buttons [data-act=approve]")
    expect(page.locator("#ask-approve-unviewed")).to_contain_text("ledger/posting.py")
    expect(page.locator("#ask-approve-waive")).to_contain_text("logo.bin was not shown to you: binary")
    page.check("#ask-approve-waive [value='shown:logo.bin']")
    page.click("[data-act=approve-send]")
    expect(page.locator("#verdict-buttons [data-act=approve]")).to_contain_text("it is in the queue")
    assert QueueEntry.objects.get().state == "queued"


def test_an_open_thread_is_waived_by_name(room, visit):
    actions.open_thread(room.change, 1, body="Hm.", by=factories.rui(room.project))
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.click("#verdict-buttons [data-act=approve]")
    page.check("#ask-approve-waive [value=threads]")
    page.check("#ask-approve-waive [value='shown:logo.bin']")
    page.click("[data-act=approve-send]")
    expect(page.locator("#ask-approve")).to_be_hidden()
    assert QueueEntry.objects.get().vote.waived == ["shown:logo.bin", "threads"]


def test_a_file_too_big_for_the_page_is_opened_from_the_question_and_then_counts(start, visit):
    big = b"".join(b"row %d of a very long list that nobody reads\n" % n for n in range(25_000))
    room = start(base={"a": b"a\n"}, first={"big.txt": big, "b.txt": b"b\n"})
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.click("#verdict-buttons [data-act=approve]")
    with page.expect_response("**/served/"):
        page.click("#ask-approve [data-act=show-unshown]")
    expect(page.locator(".ln[data-n='25000']")).to_be_attached(timeout=30_000)
    expect(page.locator("#unshown li")).to_have_count(0)
    page.click("#verdict-buttons [data-act=approve]")
    page.click("[data-act=approve-send]")
    expect(page.locator("#verdict-buttons [data-act=approve]")).to_contain_text("it is in the queue")
    assert QueueEntry.objects.get().vote.unshown == []


def test_a_refusal_is_said_where_it_happened(room, visit):
    page = visit(factories.rui(room.project), f"/changes/{room.change.pk}/")
    page.click("#verdict-buttons [data-act=request-changes]")
    page.click("[data-act=request-changes-send]")
    expect(page.locator("#ask-request-changes [role=alert]")).to_contain_text("nothing to ask for")


def test_reject_and_restore(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.click("[data-act=reject]")
    page.fill("#ask-reject textarea", "Not now.")
    page.click("[data-act=reject-send]")
    expect(page.locator("#change-notices")).to_contain_text("Not now.")
    page.click("[data-act=restore]")
    expect(page.locator("#verdict-buttons [data-act=approve]")).to_be_visible()


def test_keys_move_view_and_comment_but_are_off_in_fields(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.keyboard.press("j")
    page.keyboard.press("v")
    expect(page.locator(".file[data-viewed]")).to_have_count(1)
    expect(page.locator("#progress")).to_contain_text("1 of 4 Viewed")
    page.keyboard.press("c")
    page.keyboard.type("jvx")
    expect(page.locator(".compose textarea")).to_have_value("jvx")
    assert Viewed.objects.count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(page.locator("#ask-request-changes")).to_be_visible()


def test_a_hint_brings_a_new_thread_and_keeps_what_is_typed(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    line(page, 1, "new.py").click(position={"x": 20, "y": 8})
    page.keyboard.type("My own words")
    thread = actions.open_thread(
        room.change, 1, "ledger/posting.py", "new", 4, 4, "From elsewhere", by=factories.rui(room.project)
    )
    hint(page, thread)
    expect(page.locator(f"#thread-{thread.pk}")).to_contain_text("From elsewhere")
    expect(page.locator(".thread[data-state=draft] textarea")).to_have_value("My own words")
    expect(line(page, 4).locator("xpath=following-sibling::*[1]")).to_have_id(f"thread-{thread.pk}")


def test_threads_stand_in_their_order_whichever_comes_first(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    rui = factories.rui(room.project)
    whole = [actions.open_thread(room.change, 1, body=word, by=rui) for word in ("First", "Second")]
    on_line = [actions.open_thread(room.change, 1, "ledger/posting.py", "new", 4, 4, word, by=rui) for word in "AB"]
    for thread in (whole[1], on_line[1], whole[0], on_line[0]):
        hint(page, thread)
        expect(page.locator(f"#thread-{thread.pk}")).to_be_attached()
    shown = page.locator(".thread").evaluate_all("all => all.map((one) => one.id)")
    assert sorted(shown, key=lambda one: int(one.removeprefix("thread-"))) == [
        f"thread-{one.pk}" for one in whole + on_line
    ]
    assert [one for one in shown if one in {f"thread-{row.pk}" for row in whole}] == [
        f"thread-{row.pk}" for row in whole
    ]
    expect(line(page, 4).locator("xpath=following-sibling::*[1]")).to_have_id(f"thread-{on_line[0].pk}")


def test_a_thread_that_the_board_could_not_answer_for_is_asked_for_again(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    thread = actions.open_thread(room.change, 1, body="From elsewhere", by=factories.rui(room.project))
    page.route(f"**/threads/{thread.pk}/**", lambda route: route.abort(), times=1)
    hint(page, thread)
    expect(page.locator(f"#thread-{thread.pk}")).to_contain_text("From elsewhere")


def test_a_newer_patch_set_only_says_that_it_is_there(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    room.upload(SECOND)
    page.evaluate("document.dispatchEvent(new CustomEvent('live:hint', {detail: {target: 'verdict-buttons'}}))")
    expect(page.locator("#newer-patch-set")).to_contain_text("Compare 1 with 2")
    expect(page.locator("#files")).not_to_contain_text("half_even")
    expect(page.locator("#verdict-buttons [data-act=approve]")).to_have_attribute("aria-disabled", "true")
    page.click("#newer-patch-set >> text=Compare 1 with 2")
    expect(page.locator("#files")).to_contain_text("half_even")


def test_what_others_wrote_runs_nothing(start, visit):
    room = start(
        base={"a": b"a\n"}, first={"x.html": b"<img src=x onerror='window.bad=1'><b hx-get='/x' hx-trigger='load'>\n"}
    )
    actions.open_thread(room.change, 1, body="<img src=x onerror=window.bad=1> <b hx-get=/x>", by=factories.ada())
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    assert page.evaluate("window.bad") is None
    assert page.locator("#files [hx-get], .thread [hx-get], #files img, .thread img").count() == 0


def test_the_page_works_on_a_phone(room, visit):
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".verdict-dock")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".verdict-dock [data-act=request-changes]")
    expect(page.locator("#ask-request-changes")).to_be_visible()


def test_the_queue_can_be_frozen_from_its_page(room, visit):
    page = visit(factories.ada(), f"/p/{room.project.pk}/queue/")
    page.click("[data-act=freeze]")
    expect(page.locator("#queue-state")).to_contain_text("frozen by Ada")
    page.click("[data-act=unfreeze]")
    expect(page.locator("[data-act=freeze]")).to_be_visible()
