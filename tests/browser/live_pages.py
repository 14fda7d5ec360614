"""Open pages of people, and how each differs from the same page freshly loaded."""

import difflib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.board_process import BoardProcess

WATCH = Path(__file__).with_name("watch.js")
TOPICS = "document.body.dataset.topics"
NORMAL = Path(__file__).with_name("normal.js").read_text()
AT_REST = "ms => watched.until(watched => !watched.fetching, ms)"
POST = """async ([url, values]) => {
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  const headers = { ...token, "HX-Request": "true" };
  return (await fetch(url, { method: "POST", headers, body: new URLSearchParams(values) })).status;
}"""


@dataclass
class Live:
    """A page that stays open; `documents` are the documents asked for since it was loaded."""

    name: str
    path: str
    page: Page
    documents: list[str] = field(default_factory=list)

    def fault(self, kind: str, target: str) -> None:
        self.page.evaluate("fault => { watched.fault = fault }", {"kind": kind, "target": target})

    def until(self, holds: str, seconds: float = 30) -> None:
        """`holds` of `watched`, which follows what comes by the socket."""
        self.page.evaluate(f"ms => watched.until(watched => {holds}, ms)", seconds * 1000)

    def reload(self) -> None:
        self.page.reload()
        self.documents.clear()

    def fetched_whole(self) -> list[str]:
        return [*self.documents, *self.page.evaluate("watched.whole")]


class Person:
    """One signed-in person in a browser of their own: open pages, one to load afresh, one to post from."""

    def __init__(self, browser: Browser, board: BoardProcess, name: str) -> None:
        self.origin = board.origin
        self.context: BrowserContext = browser.new_context()
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(path=WATCH)
        self.fresh, self.desk = self.context.new_page(), self.context.new_page()
        self.desk.goto(board.manage("signin", name).splitlines()[0])
        self.desk.wait_for_url(f"{self.origin}/")
        self.live: dict[str, Live] = {}

    def open(self, name: str, path: str) -> Live:
        # Twice: the first visit is remembered ("you have seen it"), as a later one will find.
        self._load(self.fresh, path)
        live = self.live[name] = Live(name, path, self.context.new_page())
        self._load(live.page, path)

        def asked(request: Request) -> None:
            if request.resource_type == "document":
                live.documents.append(request.url)

        live.page.on("request", asked)
        return live

    def _load(self, page: Page, path: str) -> None:
        page.goto(self.origin + path, wait_until="domcontentloaded")

    def post(self, path: str, /, **values: str) -> int:
        return int(self.desk.evaluate(POST, [path, values]))

    def differences(self, live: Live, seconds: float = 20, *, patient: bool = False) -> str:
        """What is not as in a fresh load once what is on its way has come; "" when nothing differs.

        A page may be told seconds later that nothing else happened: only the `patient` wait for that when all is equal.
        """
        end = time.monotonic() + seconds
        self._load(self.fresh, live.path)
        found = "" if patient else self._compared(live)
        while patient or found:
            live.until(f"watched.upTo({json.dumps(self.fresh.evaluate(TOPICS))})", seconds=120)
            found, patient = self._compared(live), False
            if not found or time.monotonic() > end:
                break
            self.fresh.wait_for_timeout(200)
            self._load(self.fresh, live.path)
        return found

    def _compared(self, live: Live) -> str:
        # A file that is being coloured has neither its marks nor the sign that they are missing.
        self.fresh.evaluate(AT_REST, 30_000)
        return _difference(live.page.evaluate(NORMAL), self.fresh.evaluate(NORMAL), live.name)


def _difference(live: dict[str, Any], fresh: dict[str, Any], name: str) -> str:
    """In what is there, and in the marked words of those files that have their colour in both."""
    coloured = live["marks"].keys() & fresh["marks"].keys()
    shown = [
        [*page["lines"], *(word for file in sorted(coloured) for word in page["marks"][file])] for page in (live, fresh)
    ]
    return "\n".join(difflib.unified_diff(*shown, f"{name}, live", f"{name}, loaded", n=2, lineterm=""))
