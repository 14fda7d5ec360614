"""What waits, in a real Chromium: the title, notifications, a column that holds still, and the keys."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from teamboard.board.models import Project
from teamboard.evidence import asks
from teamboard.parts import attention
from teamboard.reviews.models import Vote
from teamboard.runs.models import Question
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]

# What the socket's frames do: the count of the top bar and the next list of asks, as the server draws them now.
ARRIVE = """async () => {
  const text = await (await fetch(location.href)).text();
  const fresh = new DOMParser().parseFromString(text, "text/html");
  document.getElementById("nav-count-asks").replaceWith(fresh.getElementById("nav-count-asks"));
  const next = document.getElementById("attention-next");
  next?.replaceChildren(...fresh.getElementById("attention-list").children);
  document.dispatchEvent(new CustomEvent("live:swapped", { detail: {} }));
}"""
# The browser's own notifications, written down; what a page knows of being looked at, set by the test.
WATCHED = """
  window.told = [];
  const Native = window.Notification;
  window.Notification = class extends Native {
    constructor(title, more) { super(title, more); window.told.push([title, more.body, more.tag]); }
  };
  window.asked = 0;
  const request = Native.requestPermission.bind(Native);
  window.Notification.requestPermission = () => { window.asked += 1; return request(); };
  Object.defineProperty(Document.prototype, "hidden", { get: () => window.away === true });
"""


@pytest.fixture
def ask(project: Project) -> Callable[[str], Question]:
    agent = factories.agent(project, name="Elm")

    def put(text: str, **fields: object) -> Question:
        run = factories.run(factories.task(project, state="started", agent=agent), state="waiting")
        step = factories.step(run, state="succeeded")
        options = ["yes", "no"]
        return Question.objects.create(run=run, step=step, key="q", text=text, options=options, **fields)

    return put


def board(project: Project) -> str:
    return f"/p/{project.pk}/"


def texts(page: Page) -> list[str]:
    return page.locator("#attention-list .ask-text").all_inner_texts()


def test_the_title_counts_what_waits_for_this_person_and_says_when_nobody_knows(
    project: Project, ask: Callable[..., Question], visit: Visit
) -> None:
    ask("Which clock?")
    # Nobody reviews a change of their own.
    factories.patch_set(factories.change(project, author_user=factories.rui(project)))
    page = visit(factories.rui(project), board(project))
    expect(page).to_have_title("(1) Board · Teamboard")
    expect(page.locator("#attention [data-attention-count]")).to_have_text("2")
    say = "live => { document.body.dataset.live = live; document.dispatchEvent(new CustomEvent('live:state')); }"
    for state, title in (("unknown", "(?) Board"), ("stopped", "Stopped · Board"), ("live", "(1) Board")):
        page.evaluate(say, state)
        expect(page).to_have_title(f"{title} · Teamboard")


def test_asks_say_whom_they_do_not_wait_for(project: Project, ask: Callable[..., Question]) -> None:
    question = ask("Which clock?")
    rui, olga = factories.rui(project), factories.person("pia")
    mine, voted = (factories.patch_set(factories.change(project, author_user=who)) for who in (rui, None))
    Vote.objects.create(change=voted.change, patch_set=voted, user=olga, value=1, head_sha=voted.head_sha)
    told = {row["id"]: row for row in json.loads(attention.summary(project, asks(project)))}
    assert told[f"ask-question-{question.pk}"]["not"] == []
    assert told[f"ask-review-{mine.change_id}"]["not"] == [rui.pk]
    assert told[f"ask-review-{voted.change_id}"]["not"] == [olga.pk]
    assert {row["least"] for row in told.values()} == {"reviewer"}


def test_a_new_ask_is_told_once_and_only_to_somebody_who_is_away(
    project: Project, ask: Callable[..., Question], visit: Visit
) -> None:
    ask("Old?")
    page = visit(factories.ada(), board(project), permissions=["notifications"], init=WATCHED)
    assert page.evaluate("[told.length, asked]") == [0, 0]
    ask("While I look?")
    page.evaluate(ARRIVE)
    page.evaluate("away = true")
    ask("Which \u202eclock?")
    page.evaluate(ARRIVE)
    page.evaluate(ARRIVE)
    page.evaluate(
        "() => new Promise((done) => { const look = () => (told.length ? done() : setTimeout(look, 20)); look(); })"
    )
    (told,) = page.evaluate("told")
    assert told[:2] == [f"Question · {project.name}", "Which ⟦U+202E⟧clock?"]
    # A second page of the same browser knows that it was told.
    assert told[2] in page.evaluate("JSON.parse(localStorage.told)")
    page.click("[data-notify]")
    expect(page.locator("[data-notify]")).to_have_attribute("aria-pressed", "false")
    ask("And now?")
    page.evaluate(ARRIVE)
    page.evaluate("() => new Promise((done) => setTimeout(done, 400))")
    assert page.evaluate("told.length") == 1


def test_permission_is_asked_by_a_click_alone(project: Project, ask: Callable[..., Question], visit: Visit) -> None:
    page = visit(factories.ada(), board(project), init=WATCHED)
    assert page.evaluate("asked") == 0
    page.click("[data-notify]")
    assert page.evaluate("asked") == 1
    page.evaluate("away = true")
    ask("Which clock?")
    page.evaluate(ARRIVE)
    expect(page).to_have_title("(1) Board · Teamboard")
    assert page.evaluate("told.length") == 0


def test_the_column_holds_still_under_the_pointer(project: Project, ask: Callable[..., Question], visit: Visit) -> None:
    first, _ = ask("First?"), ask("Second?")
    page = visit(factories.ada(), board(project))
    page.clock.install()
    page.hover("#attention-list .ask >> nth=1")
    Question.objects.filter(pk=first.pk).update(state="answered")
    ask("Third?")
    page.evaluate(ARRIVE)
    assert texts(page) == ["First?", "Second?"]
    expect(page.locator("#attention-new")).to_have_text("1 new")
    expect(page.locator(f"#ask-question-{first.pk}")).to_have_attribute("data-gone", "")
    page.clock.run_for(60_000)
    assert texts(page) == ["First?", "Second?"]
    page.mouse.move(900, 600)
    page.clock.run_for(2_900)
    assert texts(page) == ["First?", "Second?"]
    page.clock.run_for(200)
    assert texts(page) == ["Second?", "Third?"]
    expect(page.locator("#attention-new")).to_be_hidden()


def test_a_column_at_rest_shows_what_is_new_at_once_and_the_pill_shows_it_sooner(
    project: Project, ask: Callable[..., Question], visit: Visit
) -> None:
    ask("First?")
    page = visit(factories.ada(), board(project))
    ask("Second?")
    page.evaluate(ARRIVE)
    assert texts(page) == ["First?", "Second?"]
    page.keyboard.press("j")
    ask("Third?")
    page.evaluate(ARRIVE)
    assert texts(page) == ["First?", "Second?"]
    page.click("#attention-new")
    assert texts(page) == ["First?", "Second?", "Third?"]
    expect(page.locator(".ask[aria-current=true] .ask-text")).to_have_text("Second?")
    ask("Fourth?")
    page.keyboard.press("j")
    page.evaluate(ARRIVE)
    page.keyboard.press("Escape")
    assert texts(page)[-1] == "Fourth?"


def test_a_takes_a_default_and_enter_opens(project: Project, ask: Callable[..., Question], visit: Visit) -> None:
    with_default = ask("May I?", default="no")
    other = ask("Which?")
    page = visit(factories.ada(), board(project))
    with page.expect_response("**/answer/"):
        page.keyboard.press("a")
    with_default.refresh_from_db()
    assert with_default.answer == "no"
    page.reload()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{other.run_id}/")
    other.refresh_from_db()
    assert other.state == "open"


def test_question_mark_shows_the_keys_and_they_can_be_turned_off(project: Project, visit: Visit) -> None:
    page = visit(factories.ada(), board(project))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("take the default")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#new-task")).to_be_hidden()
    page.click("[popovertarget=me]")
    page.click("[data-open=keys]")
    page.check("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/team/")
    page.keyboard.press("Control+k")
    page.click("[data-opens=new-task]")
    expect(page.locator("#new-task [name=title]")).to_be_focused()
