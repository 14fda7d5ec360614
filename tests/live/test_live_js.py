"""live.js in a real browser, against the real socket."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from teamboard.events import bus, queries
from teamboard.events.catalogue import GrantChanged
from teamboard.live import relay
from teamboard.live.fanout import TOO_MANY
from teamboard.runs.models import Worker
from tests import factories
from tests.browser.chromium import chromium as started
from tests.live.conftest import Valkey, session_of, web_process

pytestmark = pytest.mark.browser
WITNESS = Path(__file__).with_name("witness.js")
LONG = 25_000

PAGE = """<!doctype html><html><head><title>Board</title>
<script src="/static/vendor/htmx.org@4.0.1/htmx.min.js" defer></script>
<script src="/static/js/live.js" defer></script></head>
<body data-topics="TOPICS"><div class="shell">
<span class="connection" id="connection"><span class="pulse"></span><span class="word">Connecting</span></span>
<h1 id="head">as loaded</h1>
<ul id="left"><li id="a" data-order="1,1">a</li><li id="b" data-order="2,2">b</li></ul><ul id="right"></ul>
<div id="ask"><button id="yes" type="button">Yes</button></div>
<form id="form"><label id="label">old</label><input id="field" name="q"><textarea id="draft"></textarea></form>
<details id="more"><summary>More</summary><p id="inside">old</p></details>
<div id="log" style="height: 60px; overflow-y: auto"><p>1</p><p>2</p><p>3</p><p>4</p></div>
</div></body></html>"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture(autouse=True)
def orm_beside_playwright(monkeypatch):
    """Playwright's loop runs in this thread; the database is still used by this thread alone."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


class Board:
    """A page that is open in a browser, and a way to have frames sent to it."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.project = factories.project()
        self.origin = origin
        self.count = 0
        self.context = browser.new_context()
        self.context.add_init_script(path=WITNESS)
        name, _, value = session_of(factories.ada()).partition("=")
        self.context.add_cookies([{"name": name, "value": value, "url": origin}])

    @property
    def topic(self) -> str:
        return f"board.{self.project.pk}"

    def write(self, html: str) -> None:
        topics = f"{self.topic}:{queries.position(self.project.pk)}"
        (Path(settings.DATA_DIR) / "page.html").write_text(html.replace("TOPICS", topics))

    def open(self, html: str = PAGE, *, live: str = "Live") -> Page:
        self.write(html)
        page = self.context.new_page()
        page.goto(f"{self.origin}/page/")
        expect(page.locator("#connection .word")).to_have_text(live)
        return page

    @transaction.atomic
    def fail(self) -> int:
        """What has no frames written down breaks its part, so that the page is told to read itself anew."""
        return bus.publish(GrantChanged(project=self.project.pk, grant=0))

    @transaction.atomic
    def tell(self, *frames: dict) -> int:
        self.count += 1
        grant = self.project.pk * 1000 + self.count
        (Path(settings.DATA_DIR) / f"frames-{grant}.json").write_text(json.dumps(frames))
        return bus.publish(GrantChanged(project=self.project.pk, grant=grant))

    def show(self, page: Page, *frames: dict, **frame) -> None:
        """Send frames and wait until the page has applied them."""
        expecting(page, "live:swapped")
        self.tell(*(frames or [frame]))
        came(page)


def expecting(page: Page, *names: str, count: int = 1) -> None:
    page.evaluate("([names, count, ms]) => { window.coming = expectEvents(names, count, ms); }", [names, count, LONG])


def came(page: Page) -> list[list]:
    """Await the events; a page that waits in vain tells what its socket did."""
    return page.evaluate("() => window.coming")


@pytest.fixture
def board(chromium, web) -> Iterator[Board]:
    one = Board(chromium, web.origin)
    yield one
    one.context.close()


def ids(page: Page, parent: str) -> list[str]:
    return page.eval_on_selector_all(f"#{parent} > *", "all => all.map(one => one.id)")


def card(name: str, order: str) -> dict:
    html = f'<li id="{name}" data-order="{order}">{name}</li>'
    return {"target": name, "swap": "place", "parent": "left", "html": html}


def head(text: str) -> dict:
    return {"target": "head", "html": f'<h1 id="head">{text}</h1>'}


def test_an_element_is_replaced_emptied_filled_and_removed(board):
    page = board.open()
    board.show(page, head("new"), {"target": "left", "swap": "inner", "html": "<li id=x>x</li>"})
    expect(page.locator("#head")).to_have_text("new")
    assert ids(page, "left") == ["x"]
    board.show(page, target="x", swap="remove")
    assert ids(page, "left") == []


def test_a_frame_for_what_the_page_has_not_is_passed_over(board):
    page = board.open()
    board.show(page, {"target": "elsewhere", "html": "<p id=elsewhere>?</p>"}, head("on"))
    expect(page.locator("#head")).to_have_text("on")
    assert page.locator("#elsewhere").count() == 0


def test_a_placed_card_finds_its_place_by_order_whatever_moves_around_it(board):
    page = board.open()
    board.show(page, card("c", "1.5,3"))
    assert ids(page, "left") == ["a", "c", "b"]
    board.show(page, card("a", "9,1"), card("b", "0.5,2"))
    assert ids(page, "left") == ["b", "c", "a"]
    board.show(page, {**card("c", "1,3"), "parent": "right"})
    assert (ids(page, "left"), ids(page, "right")) == (["b", "a"], ["c"])


def test_a_card_without_an_order_goes_in_front_of_another_or_to_the_end(board):
    page = board.open()
    new = {"swap": "place", "parent": "left"}
    board.show(page, {**new, "html": "<li id=y>y</li>", "before": "b"}, {**new, "html": "<li id=z>z</li>"})
    assert ids(page, "left") == ["a", "y", "b", "z"]


def test_a_row_that_is_appended_twice_is_there_once(board):
    page = board.open()
    row = {"target": "right", "swap": "append", "html": "<li id=row>one</li>"}
    board.show(page, row)
    board.show(page, {**row, "html": "<li id=row>two</li>"})
    assert ids(page, "right") == ["row"]
    expect(page.locator("#row")).to_have_text("two")


def test_what_is_being_typed_stays_and_keeps_the_focus(board):
    page = board.open()
    page.fill("#draft", "half a thought")
    page.focus("#field")
    page.keyboard.type("abc")
    fields = '<input id="field" name="q"><textarea id="draft"></textarea>'
    fresh = f'<form id="form"><label id="label">new</label>{fields}</form>'
    board.show(page, target="form", html=fresh)
    expect(page.locator("#label")).to_have_text("new")
    page.keyboard.type("def")
    expect(page.locator("#field")).to_have_value("abcdef")
    expect(page.locator("#draft")).to_have_value("half a thought")


def test_what_was_unfolded_stays_unfolded(board):
    page = board.open()
    page.click("summary")
    board.show(page, target="more", html='<details id="more"><summary>More</summary><p id="inside">new</p></details>')
    expect(page.locator("#inside")).to_have_text("new")
    expect(page.locator("#inside")).to_be_visible()


def test_new_rows_below_a_reader_wait_behind_a_pill(board):
    page = board.open()
    page.eval_on_selector("#log", "log => { log.scrollTop = 0; }")
    board.show(page, target="log", swap="append", html="<p id=p5>5</p><p id=p6>6</p>")
    expect(page.locator("#log .new-pill")).to_have_text("2 new below")
    assert page.eval_on_selector("#log", "log => log.scrollTop") == 0
    page.click("#log .new-pill")
    expect(page.locator("#p6")).to_be_in_viewport()
    expect(page.locator("#log .new-pill")).to_have_count(0)
    board.show(page, target="log", swap="append", html="<p id=p7>7</p>")
    expect(page.locator("#p7")).to_be_in_viewport()


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_button_that_is_being_pressed_is_swapped_after_its_click(board):
    heard = []
    board.context.on("page", lambda page: page.on("websocket", lambda socket: heard.append(socket)))
    page = board.open()
    expecting(page, "click", "live:swapped", count=2)
    page.mouse.move(*middle(page, "#yes"))
    page.mouse.down()
    with heard[0].expect_event("framereceived", lambda frame: "No longer" in frame):
        board.tell({"target": "ask", "html": '<div id="ask"><button id="no" type="button">No longer</button></div>'})
    expect(page.locator("#yes")).to_be_attached()
    page.mouse.up()
    assert [name for name, _ in came(page)] == ["click", "live:swapped"]
    expect(page.locator("#no")).to_be_visible()


def test_an_answer_too_waits_for_what_is_being_pressed(board):
    page = board.open()
    held: list[Route] = []
    page.route("**/slow/", lambda route: held.append(route))
    with page.expect_request("**/slow/"):
        page.evaluate("() => { htmx.ajax('GET', '/slow/', { target: document.body, swap: 'none' }); }")
    expecting(page, "click", "htmx:after:swap", count=2)
    page.mouse.move(*middle(page, "#yes"))
    page.mouse.down()
    with page.expect_response("**/slow/"):
        body = '<hx-partial hx-target="#ask" hx-swap="outerHTML"><div id="ask">Answered</div></hx-partial>'
        held[0].fulfill(body=body, content_type="text/html")
    page.mouse.up()
    assert [name for name, _ in came(page)] == ["click", "htmx:after:swap"]
    expect(page.locator("#ask")).to_have_text("Answered")


def test_an_answer_that_a_frame_overtook_does_not_stay(board):
    page = board.open()
    held: list[Route] = []
    page.route("**/slow/", lambda route: held.append(route))
    with page.expect_request("**/slow/"):
        page.evaluate("() => { htmx.ajax('GET', '/slow/', { target: document.body, swap: 'none' }); }")
    board.show(page, head("newer"))
    expecting(page, "htmx:after:swap", "live:swapped", count=2)
    older = '<hx-partial hx-target="#head" hx-swap="outerHTML"><h1 id="head">older</h1></hx-partial>'
    held[0].fulfill(body=older, content_type="text/html")
    assert [name for name, _ in came(page)] == ["htmx:after:swap", "live:swapped"]
    expect(page.locator("#head")).to_have_text("newer")


def test_hints_and_lines_are_told_to_the_pages_scripts(board):
    run = factories.run(factories.task(board.project))
    file = Path(settings.DATA_DIR) / "runs" / str(run.pk) / "output.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"seq": 1, "text": "<b>hello</b>"}\n')
    page = board.open(PAGE.replace("TOPICS", f"TOPICS run.{run.pk}:0"))
    expecting(page, "live:hint", "live:lines", count=2)
    board.tell({"kind": "hint", "target": "diff", "url": "/changes/1/diff/"})
    with file.open("a") as out:
        out.write('{"seq": 2, "text": "more"}\n')
        end = out.tell()
    relay.output(run.pk, end)
    told = dict(came(page))
    assert told["live:hint"]["url"] == "/changes/1/diff/"
    assert told["live:lines"]["lines"] == [{"seq": 2, "text": "more"}]


def test_a_page_that_missed_too_much_is_read_anew_without_a_reload(board):
    board.write(PAGE)
    for _ in range(TOO_MANY + 1):
        board.tell()
    page = board.context.new_page()

    def fresh(route: Route) -> None:
        """The page that was loaded is old by now; the one it reads anew is not."""
        board.write(PAGE.replace("as loaded", "read anew"))
        route.continue_()

    page.route("**/live.js", fresh)
    page.goto(f"{board.origin}/page/")
    page.evaluate("() => { window.same = true; }")
    expect(page.locator("#head")).to_have_text("read anew")
    assert page.evaluate("() => window.same")
    board.show(page, target="head", html='<h1 id="head">and on</h1>')
    expect(page.locator("#head")).to_have_text("and on")


def test_a_page_that_cannot_be_read_anew_yet_says_that_it_is_behind_and_tries_again(board):
    page = board.open()
    tried = []

    def failing(route: Route) -> None:
        tried.append(route.request.url)
        board.write(PAGE.replace("as loaded", "read anew"))
        route.fulfill(status=503) if len(tried) == 1 else route.continue_()

    page.route("**/page/", failing)
    board.fail()
    expect(page.locator("#connection .word")).to_have_text("Live updates delayed")
    expect(page.locator("#head")).to_have_text("read anew")
    expect(page.locator("#connection .word")).to_have_text("Live")
    assert len(tried) == 2


def test_a_frame_that_cannot_be_shown_costs_none_after_it_and_the_page_is_read_anew(board):
    page = board.open()
    board.write(PAGE.replace("old</p>", "read anew</p>"))
    expecting(page, "live:reread")
    # No element can be made of this: where it should stand is not a list of elements.
    board.tell({"target": "x", "swap": "place", "parent": "left", "html": "text alone"}, head("after"))
    came(page)
    expect(page.locator("#inside")).to_have_text("read anew")


def test_a_page_that_may_not_listen_says_so(board):
    page = board.open(PAGE.replace("TOPICS", "TOPICS board.999999:0"), live="Not live any more: load the page again")
    assert page.evaluate("() => document.body.dataset.live") == "stopped"


def test_a_page_says_that_it_reconnects_and_catches_up_when_the_board_is_back(
    chromium, transactional_db, tmp_path, relay_to
):
    valkey = Valkey(tmp_path)
    relay_to(valkey.url)
    try:
        with web_process(tmp_path, valkey.url) as web:
            board = Board(chromium, web.origin)
            page = board.open()
        expect(page.locator("#connection")).to_contain_text("Reconnecting · shown as of")
        assert page.get_attribute("#connection", "data-link") == "down"
        board.tell({"target": "head", "html": '<h1 id="head">meanwhile</h1>'})
        with web_process(tmp_path, valkey.url, web.port):
            expect(page.locator("#head")).to_have_text("meanwhile")
            expect(page.locator("#connection .word")).to_have_text("Live")
            assert page.get_attribute("#connection", "data-link") is None
            board.context.close()
    finally:
        valkey.stop()


def test_a_person_who_is_signed_out_is_told_so_and_nothing_is_tried_again(board):
    page = board.open()
    ada = factories.ada()
    ada.is_active = False
    ada.save()
    relay.control({"user": ada.pk})
    expect(page.locator("#connection .word")).to_have_text("Signed out, or no longer a member")
    assert page.evaluate("() => document.body.dataset.live") == "stopped"


def test_the_mark_says_when_nobody_works_and_when_somebody_does_again(board):
    page = board.open()
    long_ago = timezone.now() - timedelta(minutes=1)
    row = {"since": long_ago, "seen_at": timezone.now() + timedelta(minutes=10)}
    Worker.objects.create(name="elsewhere/1/1", kind="web", **row)
    mark = page.locator("#connection")
    expect(mark.locator(".word")).to_contain_text("Nothing is being worked on: no worker answers")
    assert mark.get_attribute("data-link") == "down"
    for kind in ("control", "agents"):
        Worker.objects.create(name=f"elsewhere/2/{kind}", kind=kind, **row)
    expect(mark.locator(".word")).to_have_text("Live")
    assert mark.get_attribute("data-link") is None
