"""Around the diff, in a real Chromium: why a line is there, the thread at the cursor, who else is here, asking now."""

import pytest
from playwright.sync_api import expect

from teamboard.parts import presence
from teamboard.reviews import actions
from teamboard.reviews.models import PatchSet, Thread
from tests import factories
from tests.web_review.conftest import SECOND
from tests.web_review.test_in_the_browser import line

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOW = """html => {
  const t = document.createElement("template");
  t.innerHTML = html;
  document.getElementById("presence").replaceWith(t.content);
  document.dispatchEvent(new CustomEvent("live:swapped", { detail: {} }));
}"""


def test_w_tells_why_a_line_is_there_and_enter_goes_to_its_thread(room, visit):
    actions.open_thread(room.change, 1, "ledger/posting.py", "new", 4, 4, "Why?", by=factories.rui(room.project))
    room.upload(SECOND, "Say what amounts are")
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    line(page, 1).click(position={"x": 300, "y": 8})
    page.keyboard.press("w")
    expect(page.locator("#why-chain")).to_contain_text("# Amounts are integers.")
    expect(page.locator("#why-chain")).to_contain_text("Say what amounts are")
    expect(page.locator("#why-chain a")).to_have_text("Patch set 2")
    page.keyboard.press("Escape")
    line(page, 6).click(position={"x": 300, "y": 8})
    page.keyboard.press("Enter")
    expect(page.locator(".thread-foot .btn").first).to_be_focused()


def test_others_are_shown_and_oneself_is_not(room, visit):
    ada, rui = factories.ada(), factories.rui(room.project)
    page = visit(ada, f"/changes/{room.change.pk}/")
    expect(page.locator("#presence")).to_be_hidden()
    page.evaluate(SHOW, presence.people([ada.pk, rui.pk]))
    expect(page.locator("#presence .who:visible")).to_have_count(1)
    expect(page.locator("#presence")).to_have_attribute("title", f"{rui.label} is here too")
    page.evaluate(SHOW, presence.people([ada.pk]))
    expect(page.locator("#presence")).to_be_hidden()


def test_a_thread_is_sent_to_its_agent_at_once(room, visit):
    agent = factories.agent(room.project, name="Elm")
    run = factories.run(
        factories.task(room.project, state="started", agent=agent), state="waiting", waiting_for="review"
    )
    factories.step(run, kind="propose", state="succeeded")
    room.change.agent = agent
    room.change.save()
    PatchSet.objects.update(run=run)
    other = actions.open_thread(room.change, 1, body="Later.", by=factories.ada())
    thread = actions.open_thread(room.change, 1, "ledger/posting.py", "new", 4, 4, "Why?", by=factories.ada())
    page = visit(factories.rui(room.project), f"/changes/{room.change.pk}/")
    with page.expect_response("**/ask/"):
        page.click(f"#thread-{thread.pk} [data-act=ask-agent]")
    expect(page.locator(f"#thread-{thread.pk} .receipt [data-now]")).to_have_text("sent")
    expect(page.locator(f"#thread-{thread.pk} [data-act=ask-agent]")).to_have_count(0)
    step = run.steps.last()
    assert (step.kind, step.round, step.request["feedback"]) == ("work", 2, [thread.pk])
    assert Thread.objects.get(pk=other.pk).sent_at is None


def test_each_key_that_the_help_lists_does_what_it_says(room, visit):
    actions.open_thread(room.change, 1, "ledger/posting.py", "new", 4, 4, "Why?", by=factories.rui(room.project))
    room.upload(SECOND)
    page = visit(factories.ada(), f"/changes/{room.change.pk}/")
    press, here = page.keyboard.press, page.locator(".file[data-here]")
    press("j")
    press("j")
    second = here.get_attribute("id")
    press("k")
    assert here.get_attribute("id") != second
    press("e")
    expect(here.locator(".file-body")).to_be_hidden()
    press("e")
    expect(here.locator(".file-body")).to_be_visible()
    press("n")
    press("n")
    press("p")
    expect(page.locator(".ln[aria-current=true]")).to_have_count(1)
    press("m")
    expect(page.locator(".hunk[data-read]")).to_have_count(1)
    press("r")
    expect(page.locator(".thread .compose textarea")).to_be_focused()
    press("Escape")
    press("s")
    page.wait_for_url("**view=split**")
    press("u")
    page.wait_for_url(lambda url: "view=split" not in url)
    press("1")
    page.wait_for_url("**against=1**")
    press("a")
    expect(page.locator("#ask-approve")).to_be_visible()
    press("Escape")
    press("x")
    expect(page.locator("#ask-request-changes")).to_be_visible()


def test_r_on_the_board_returns_a_change_with_a_note(room, visit):
    page = visit(factories.ada(), f"/p/{room.project.pk}/")
    page.keyboard.press("r")
    expect(page.locator("#ask-request-changes textarea")).to_be_focused()
