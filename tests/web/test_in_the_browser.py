"""The pages in a real Chromium: quick task, refusals, keys, dragging, the run's log."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from teamboard.accounts import actions
from teamboard.board.models import Agent, Project, Task
from teamboard.parts import stream
from teamboard.runs.models import Question, Run
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def agent(project: Project) -> Agent:
    return factories.agent(project, name="Alder")


def board(project: Project) -> str:
    return f"/p/{project.pk}/"


def test_n_a_sentence_and_enter_start_a_task(project: Project, agent: Agent, visit: Visit) -> None:
    page = visit(factories.ada(), board(project))
    page.keyboard.press("n")
    page.keyboard.type("Retry webhooks")
    page.keyboard.press("Enter")
    expect(page.locator("#lane-list-in-progress .card-title")).to_have_text("Retry webhooks")
    expect(page.locator("#new-task")).to_be_hidden()
    expect(page.locator("#new-task [name=title]")).to_have_value("")
    assert Run.objects.get().task.title == "Retry webhooks"


def test_ctrl_enter_creates_and_does_not_start(project: Project, agent: Agent, visit: Visit) -> None:
    page = visit(factories.ada(), board(project))
    page.keyboard.press("n")
    page.keyboard.type("Later")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#lane-list-ready .card-title")).to_have_text("Later")
    expect(page.locator("[data-lane-count=ready]")).to_have_text("1")
    assert not Run.objects.exists()


def test_a_refusal_is_shown_beside_what_was_typed(project: Project, visit: Visit) -> None:
    page = visit(factories.ada(), board(project))
    page.keyboard.press("n")
    page.keyboard.type("Mine")
    page.click("#new-task summary")
    page.fill("#new-task [name=waits_for]", "ZZ-99")
    page.click("[data-act=create]")
    expect(page.locator("#new-task .notice")).to_contain_text("There is no task ZZ-99.")
    expect(page.locator("#new-task [name=title]")).to_have_value("Mine")


def test_after_a_minute_without_the_board_what_writes_is_off_and_says_why(
    project: Project, agent: Agent, visit: Visit
) -> None:
    factories.task(project, state="ready", agent=agent)
    page = visit(factories.ada(), board(project))
    page.clock.install()
    page.reload()
    page.clock.fast_forward(61_000)
    start = page.locator(".card [data-act=start]").first
    expect(start).to_have_attribute("aria-disabled", "true")
    start.click(force=True)
    expect(page.locator("#notices .notice")).to_contain_text("nothing was heard of the board for a minute")
    page.keyboard.press("n")
    page.keyboard.type("Kept")
    page.keyboard.press("Enter")
    expect(page.locator("#new-task .notice")).to_contain_text("nothing was heard of the board")
    expect(page.locator("#new-task [name=title]")).to_have_value("Kept")
    assert not Run.objects.exists()
    page.evaluate("""() => {
        document.body.dataset.live = "live";
        document.dispatchEvent(new CustomEvent("live:state", { detail: { state: "live" } }));
    }""")
    expect(start).not_to_have_attribute("aria-disabled", "true")


def test_the_body_of_a_failure_is_never_swapped_in(project: Project, visit: Visit) -> None:
    page = visit(factories.ada(), board(project))
    page.route("**/tasks/", lambda route: route.fulfill(status=500, body="<p id='leak'>trace</p>"))
    page.keyboard.press("n")
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page.locator("#new-task .notice")).to_contain_text("(500)")
    expect(page.locator("#leak")).to_have_count(0)


def test_an_observer_sees_no_buttons_that_write(project: Project, agent: Agent, visit: Visit) -> None:
    factories.task(project, state="ready", agent=agent)
    page = visit(factories.olga(project), board(project))
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("[data-act=start]")).to_be_hidden()
    expect(page.locator("[data-open=new-task]")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#new-task")).to_be_hidden()


def test_j_and_a_digit_answer_a_question(project: Project, agent: Agent, visit: Visit) -> None:
    for number in (1, 2):
        run = factories.run(factories.task(project, state="started", agent=agent), state="waiting")
        step = factories.step(run, state="succeeded")
        Question.objects.create(run=run, step=step, key="q", text=f"Which {number}?", options=["a", "b"])
    page = visit(factories.rui(project), board(project))
    page.keyboard.press("j")
    expect(page.locator(".ask[aria-current=true] .ask-text")).to_have_text("Which 2?")
    with page.expect_response("**/answer/"):
        page.keyboard.press("2")
    assert Question.objects.get(text="Which 2?").answer == "b"
    assert Question.objects.get(text="Which 1?").state == "open"


def test_a_card_is_dragged_to_the_backlog(project: Project, visit: Visit) -> None:
    task = factories.task(project, state="ready")
    factories.task(project, state="backlog")
    page = visit(factories.rui(project), board(project))
    with page.expect_response("**/move/"):
        page.drag_and_drop(f"#card-{task.pk} .card-title a", "#lane-list-backlog")
    expect(page.locator(f"#lane-list-backlog #card-{task.pk}")).to_be_visible()
    assert Task.objects.get(pk=task.pk).state == "backlog"


def test_search_hides_what_does_not_fit(project: Project, visit: Visit) -> None:
    factories.task(project, title="Cache the rates")
    factories.task(project, title="Validate IBANs")
    page = visit(factories.olga(project), board(project))
    page.fill("#filter-text", "iban")
    expect(page.locator(".card:visible")).to_have_count(1)
    expect(page.locator("[data-lane-count=backlog]")).to_have_text("1 of 2")


def test_a_form_is_read_when_it_opens(project: Project, visit: Visit) -> None:
    task = factories.task(project, title="Old")
    page = visit(factories.ada(), f"/tasks/{task.pk}/")
    Task.objects.filter(pk=task.pk).update(title="New")
    page.click("[data-open=edit-task]")
    expect(page.locator("#edit-task [name=title]")).to_have_value("New")
    page.fill("#edit-task [name=title]", "Newer")
    page.click("[data-act=save]")
    expect(page.locator("#task-head h1")).to_have_text("Newer")


def test_the_palette_finds_and_opens(project: Project, visit: Visit) -> None:
    task = factories.task(project, title="Validate IBANs")
    page = visit(factories.olga(project), board(project))
    page.keyboard.press("Control+k")
    page.keyboard.type("iban")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Validate IBANs")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tasks/{task.pk}/")


def test_a_sign_in_link_opens_the_board_and_leaves_no_secret(
    chromium: Browser, live_server: LiveServer, project: Project
) -> None:
    page = chromium.new_page()
    page.goto(f"{live_server.url}/sign-in/#{actions.sign_in_link(factories.ada())}")
    page.wait_for_url(live_server.url + "/")
    expect(page.locator(f"#project-{project.pk}")).to_be_visible()
    page.close()


EVIL = "<img src=x> \x1b[2J\x1b]0;t\x07\x9b a\u200bb \u202eexe.txt \u2066x\ufeff \U000e0041"
EVIL += " क\u094d\u200dष 👩\u200d💻 y\u200dz\xad\r"
CALL = {"kind": "tool_call", "call": "1", "tool": "run", "arguments": "ls"}
TOLD: list[tuple[str, str, dict[str, object]]] = [
    ("board", "Cloned main.", {}),
    ("stdout", "\x1b[32mok\x1b[0m <b>", {}),
    ("stdout", "bell \x07, lone escape \x1b, delete \x7f, turned \u202e round", {}),
    ("event", EVIL, {"kind": "message"}),
    ("event", EVIL, {**CALL, "call": "2", "tool": EVIL, "arguments": EVIL, "result": EVIL}),
    ("event", EVIL, {"kind": "edit", "path": EVIL}),
    ("event", EVIL, {"kind": "claim"}),
    ("event", EVIL, {"kind": "call", "tool": EVIL, "arguments": EVIL, "result": EVIL, "failed": True}),
    ("event", "read_task", {"kind": "call", "tool": "read_task", "arguments": "", "result": "", "failed": False}),
    ("event", EVIL, {"kind": "check", "conclusion": "failure"}),
    ("event", "I look", {"kind": "message"}),
    ("event", "hm", {"kind": "thought"}),
    ("event", "run ls", {**CALL, "result": None}),
    ("event", "edits a", {"kind": "edit", "path": "a & b.py"}),
    ("event", "run ls", {**CALL, "result": "x\n", "failed": True}),
    ("event", "Which?", {"kind": "question"}),
    ("event", "plan", {"kind": "plan"}),
    ("event", "Check tests: success", {"kind": "check", "conclusion": "success"}),
    ("event", "odd", {"kind": "something new"}),
]
LINES = [{"seq": n, "stream": of, "text": text, "event": event} for n, (of, text, event) in enumerate(TOLD, 1)]


def test_lines_that_arrive_look_like_lines_of_the_page(project: Project, visit: Visit) -> None:
    run = factories.run(factories.task(project, state="started"), state="running")
    page = visit(factories.olga(project), f"/runs/{run.pk}/")
    tell = "lines => document.dispatchEvent(new CustomEvent('live:lines', { detail: { lines } }))"
    page.evaluate(tell, LINES[:4])
    page.evaluate(tell, LINES[2:])
    drawn = page.evaluate("document.getElementById('stream').innerHTML")
    draw = "html => { const t = document.createElement('template'); t.innerHTML = html; return t.innerHTML; }"
    assert [one for one in ("\x1b", "\u202e", "<img") if one in drawn] == []
    assert "⟦U+202E⟧" in drawn
    assert drawn.strip() == page.evaluate(draw, stream.lines(LINES))
