"""The main job by clicking: an architect here, an invited reviewer elsewhere over TLS; no page is reloaded."""

import hashlib
import re
import shlex
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from teamboard.ops.tls import own_address
from tests.board_process import BoardProcess
from tests.browser.chromium import chromium
from tests.journey import sample
from tests.journey.main_job import git

SECONDS = 60_000
AGENT = (
    'if grep -q "every cent" "$TEAMBOARD_BRIEF"; '
    "then sed -i 's/whole + (0)/whole + (1 if index < rest else 0)/; s/integer cents/whole cents/' money.py; "
    "else sed -i 's/1 if index < rest else 0/0/' money.py; fi; git commit -qam 'Change split'"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def board(tmp_path: Path) -> Iterator[BoardProcess]:
    address = own_address()
    assert address, "this machine has no address outside 127.0.0.0/8 to share on"
    with BoardProcess(tmp_path / "data", "--share") as running:
        yield running


def served_fingerprint(origin: str) -> str:
    """The SHA-256 that a browser would show for the certificate it is given there."""
    place = urlsplit(origin)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((place.hostname, place.port), 5) as raw, context.wrap_socket(raw) as wrapped:
        digest = hashlib.sha256(wrapped.getpeercert(binary_form=True) or b"").hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, 64, 2))


class Documents:
    """Counts the documents a page fetches, so that a reload cannot hide."""

    def __init__(self, page: Page) -> None:
        self.fetched: list[str] = []
        page.on(
            "request", lambda request: self.fetched.append(request.url) if request.is_navigation_request() else None
        )


def begin(page: Page, board: BoardProcess) -> None:
    page.goto(board.entrance)
    page.fill("#username", "ada")
    page.fill("#display_name", "Ada Lindgren")
    page.click("[data-act=start-board]")
    page.wait_for_url(f"{board.origin}/")


def open_repository(page: Page, repo: Path) -> int:
    page.fill("#location", str(repo))
    page.click("[data-act=open]")
    page.wait_for_url("**/branches/")
    expect(page.get_by_text("feature/notes")).to_be_visible(timeout=SECONDS)
    found = re.search(r"/p/(\d+)/", page.url)
    assert found
    return int(found[1])


def settle(page: Page, board: BoardProcess, project: int) -> None:
    """The proposal cannot run here, and the page says so; the command that can is settled and passes."""
    page.goto(f"{board.origin}/p/{project}/settings/")
    page.click("[data-open=edit-settings]")
    page.fill("#s-checks", "tests: python3 -m unittest -v")
    page.click("[data-act=save-settings]")
    page.click("[data-act=calibrate]")
    expect(page.locator("#check-tests")).to_contain_text("passes", timeout=SECONDS)


def add_agent(page: Page) -> None:
    page.get_by_text("Add an agent").click()
    page.fill("#a-name", "Cedar")
    page.fill("#a-command", shlex.join(["sh", "-ec", AGENT]))
    page.click("[data-act=add-agent]")
    expect(page.locator("#agents")).to_contain_text("Cedar")


def invite(page: Page, board: BoardProcess, project: int) -> str:
    """The link, whose origin is served with the fingerprint that the board printed and the page shows."""
    page.goto(f"{board.origin}/p/{project}/team/")
    page.click("[data-act=invite]")
    link = page.locator("#invite-url").inner_text()
    shown = page.locator("#fingerprint").inner_text()
    assert not urlsplit(link).hostname.startswith("127.")
    assert shown in board.said
    assert served_fingerprint(link) == shown
    return link


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.fill("#username", "rui")
    page.fill("#display_name", "Rui Tavares")
    page.click("[data-act=join]")
    page.wait_for_url("**/p/*/**")


def start_task(page: Page, board: BoardProcess, project: int) -> None:
    page.goto(f"{board.origin}/p/{project}/")
    page.keyboard.press("n")
    page.fill("#quick-task [name=title]", "Simplify split")
    page.select_option("#quick-agent", label="Cedar")
    page.keyboard.press("Enter")


def comment(page: Page, line: int, text: str) -> None:
    """On a line of the new side: a click on its number, the text, send."""
    page.locator(f"#files .ln[data-n='{line}']").last.click(position={"x": 12, "y": 8})
    page.locator(".compose textarea").last.fill(text)
    page.locator("[data-act=send-now]").last.click()


def approve(page: Page, number: int) -> None:
    expect(page.locator("#verdict-buttons")).to_contain_text(f"Approve patch set {number}", timeout=SECONDS)
    page.click("#verdict-buttons [data-act=approve]")
    page.click("[data-act=approve-send]")


def test_two_people_take_a_task_to_a_merge_without_reloading(
    browser: Browser, board: BoardProcess, tmp_path: Path
) -> None:
    repo = sample.make(tmp_path / "money")
    ada = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    begin(ada, board)
    project = open_repository(ada, repo)
    settle(ada, board, project)
    add_agent(ada)
    rui = browser.new_context(ignore_https_errors=True).new_page()
    join(rui, invite(ada, board, project))
    before = git(repo, "rev-parse", "main")

    start_task(ada, board, project)
    card = ada.locator("#lane-in-review .card", has_text="Simplify split")
    expect(card).to_be_visible(timeout=SECONDS)
    expect(card).to_contain_text("1", timeout=SECONDS)
    change = re.search(r"/changes/\d+/", card.inner_html())
    assert change, card.inner_html()
    share = f"https://{urlsplit(rui.url).netloc}"
    ada.goto(board.origin + change[0])
    rui.goto(share + change[0])
    loads = [Documents(page) for page in (ada, rui)]

    # Red, by name; approved all the same, it comes back and the target stands.
    expect(ada.locator("#checks")).to_contain_text("test_split_keeps_every_cent")
    approve(ada, 1)
    expect(ada.locator("#main")).to_contain_text("Returned: The check tests failed", timeout=SECONDS)
    assert git(repo, "rev-parse", "main") == before

    # Both see each other's words.
    comment(rui, 9, "Please keep every cent.")
    expect(ada.locator("#files .thread")).to_contain_text("Please keep every cent.", timeout=SECONDS)
    ada.click("#files .thread [data-act=reply]")
    ada.locator(".compose textarea").last.fill("Yes: see the failing test.")
    ada.locator("[data-act=send-now]").last.click()
    expect(rui.locator("#files .thread")).to_contain_text("Yes: see the failing test.", timeout=SECONDS)
    rui.click("#verdict-buttons [data-act=request-changes]")
    rui.click("[data-act=request-changes-send]")

    # The second patch set arrives as a notice; the one being read stays until its reader asks for the newer.
    for page in (ada, rui):
        expect(page.locator("#newer-patch-set")).to_contain_text("Patch set 2", timeout=SECONDS)
    assert [load.fetched for load in loads] == [[], []], "a page was reloaded"
    for page in (ada, rui):
        page.click("#newer-patch-set >> text=Read patch set 2")
        expect(page.locator("#verdict-buttons")).to_be_visible(timeout=SECONDS)

    # The reviewer verifies what was asked for, the architect approves, and the user's branch has it.
    loads = [Documents(page) for page in (ada, rui)]
    while rui.locator(".thread[data-state=open] [data-act=verify]").count():
        before_click = rui.locator(".thread[data-state=open]").count()
        rui.locator(".thread[data-state=open] [data-act=verify]").first.click()
        expect(rui.locator(".thread[data-state=open]")).to_have_count(before_click - 1, timeout=SECONDS)
    rui.click("#verdict-buttons [data-act=vote]")
    expect(ada.locator("#requirements")).not_to_contain_text("still open", timeout=SECONDS)
    approve(ada, 2)
    for page in (ada, rui):
        expect(page.locator("#change-notices")).to_contain_text("merged", ignore_case=True, timeout=SECONDS)
    assert [load.fetched for load in loads] == [[], []], "a page was reloaded"
    assert git(repo, "rev-parse", "main") != before
    assert git(repo, "status", "--porcelain") == ""
    assert "1 if index < rest else 0" in (repo / "money.py").read_text()
