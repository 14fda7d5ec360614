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
