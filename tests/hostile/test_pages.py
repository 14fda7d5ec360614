"""Every page with the whole corpus on it, in a real Chromium: no script ran, nothing went elsewhere, CSP was idle.

Many inputs at once, as one hostile agent or teammate could place them: in titles, bodies, comments, names of files,
lines of code, output, questions and plans.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from teamboard.lib import text
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Change, Comment
from teamboard.reviews.revision import keep, read_revision
from teamboard.runs.journal import Entry, Journal
from teamboard.runs.models import Question
from tests import factories
from tests.browser.chromium import chromium as started
from tests.gate.stage import Stage
from tests.git.conftest import ADA, WHEN
from tests.hostile.content import DIFFS, TERMINAL
from tests.hostile.markup import MARKDOWN, XSS
from tests.hostile.names import NAMES, TAKEN
from tests.lib.test_text import assert_inert

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What would tell that something ran: the canary, a dialog, a refusal by the policy.
WATCH = """
  window.fired = [];
  window.evil = () => window.fired.push("evil");
  for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = () => { window.fired.push(name); };
  document.addEventListener("securitypolicyviolation", (e) => window.fired.push(`csp ${e.violatedDirective}`));
"""
# Elements and attributes that no page of ours has, wherever they come from.
STRANGE = """() => {
  const found = [];
  const TAGS = ["IFRAME", "OBJECT", "EMBED", "BASE", "MATH", "STYLE", "AUDIO", "VIDEO", "MARQUEE"];
  const ADDRESSES = ["src", "action", "formaction", "hx-get", "hx-post", "data-url", "data-load"];
  const SCHEME = /^(https?|mailto):$/;
  const own = (url) => new URL(url, location.href).origin === location.origin;
  for (const el of document.querySelectorAll("*")) {
    const strange = () => found.push(el.outerHTML.slice(0, 200));
    if (TAGS.includes(el.tagName)) strange();
    for (const { name, value } of el.attributes) {
      if (/^on|^hx-on|^data-hx|^ping$|^srcdoc$/.test(name)) strange();
      if (ADDRESSES.includes(name) && !own(value)) strange();
      if (name === "href" && !SCHEME.test(new URL(value, location.href).protocol)) strange();
    }
    if (el.tagName === "SCRIPT" && !own(el.src || "//inline.example")) strange();
    if (el.tagName === "META" && el.httpEquiv === "refresh") strange();
    const obeyed = [...el.attributes].some((a) => /^hx-(?!ignore)/.test(a.name));
    if (obeyed && el.closest("[hx-ignore]")) strange();
  }
  return found;
}"""
WORDS = [*XSS, *MARKDOWN]


class Place:
    """A project in which all of it stands; the addresses of the pages that show it."""

    def __init__(self, root: Path) -> None:
        self.stage = Stage(root)
        self.project = self.stage.project
        agent = factories.agent(self.project, name=XSS[0][:60])
        self.task = factories.task(
            self.project, state="started", agent=agent, title=XSS[1][:200], body="\n\n".join(WORDS),
            acceptance=list(XSS), scope=list(XSS[:20]), labels=[word[:40] for word in XSS[:20]],
        )  # fmt: skip
        for word in XSS:
            factories.task(self.project, state="ready", title=word[:200], labels=[word[:30]])
        self.run = self._run()
        self.change = self._change()
        self.pages = (
            f"/p/{self.project.pk}/", f"/tasks/{self.task.pk}/", f"/runs/{self.run.pk}/", f"/changes/{self.change.pk}/",
            f"/p/{self.project.pk}/review/", f"/p/{self.project.pk}/settings/", f"/p/{self.project.pk}/team/",
        )  # fmt: skip

    def _run(self) -> Any:
        words = {
            "plan": [{"text": word, "status": "pending"} for word in XSS],
            "claims": [{"text": word} for word in XSS],
            "activity": XSS[4][:200],
        }
        run = factories.run(self.task, state="waiting", waiting_for="question", **words)
        step = factories.step(run, state="running")
        for number, word in enumerate(XSS):
            Question.objects.create(run=run, step=step, key=f"q{number}", text=word, options=[word, XSS[0]])
        said = [word for word, _ in TERMINAL.values()]
        journal = Journal(run.pk)
        journal.append(
            [Entry("stdout", line.replace("\0", "")) for line in [*WORDS, *said] for line in line.split("\n")]
        )
        kinds = ("message", "thought", "tool_call", "edit", "question", "claim", "permission")
        journal.append(
            [
                Entry(
                    "event",
                    word,
                    {"kind": kind, "text": word, "tool": word, "arguments": word, "path": word, "call": word},
                )
                for word in XSS
                for kind in kinds
            ]
        )
        return run

    def _change(self) -> Change:
        change = self.stage.branch("feature", {"app.txt": "other\n"})
        files: dict[str, bytes | None] = {os.fsdecode(name): b"x\n" for name, wanted in NAMES if wanted is TAKEN}
        files |= {f"d/f{number}.py": data for number, data in enumerate(DIFFS.values()) if len(data) < 50_000}
        files["d/words.html"] = "\n".join(XSS).encode()
        main, stores = self.stage.main(), self.stage.stores
        head = stores.write_file_change(main, files, message="\n\n".join(XSS), author=ADA, when=WHEN)
        patch_set = reviews.upload_patch_set(change, read_revision(stores, main, head), by=factories.rui(self.project))
        keep(stores, patch_set)
        thread = factories.thread(patch_set, path="d/words.html", start_line=1, end_line=1, body=XSS[0])
        for word in WORDS:
            Comment.objects.create(
                thread=thread, author_user=factories.rui(self.project), body=word, published_at=thread.published_at
            )
        return reviews.edit_change(change, by=factories.ada(), title=XSS[4][:200], description="\n\n".join(WORDS))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with started() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def opened(chromium: Browser, server: LiveServer, told: list[str]) -> Page:
    client, own = Client(), (server.url, "data:", "ws:")
    client.force_login(factories.ada())
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    cookies = client.cookies.items()
    context.add_cookies([{"name": name, "value": one.value, "url": server.url} for name, one in cookies])
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("dialog", lambda dialog: (told.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: told.append(f"error {error}"))
    page.on("console", lambda said: told.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("request", lambda one: told.append(f"asked for {one.url}") if not one.url.startswith(own) else None)
    return page


def test_no_page_runs_or_fetches_anything_of_it(
    chromium: Browser, live_server: LiveServer, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    place, told = Place(tmp_path), []
    page = opened(chromium, live_server, told)
    for path in place.pages:
        answer = page.goto(live_server.url + path)
        assert answer
        assert answer.status == 200, path
        page.evaluate(
            "() => new Promise((done) => setTimeout(done, 0)).then(() => document.fonts.ready).then(() => true)"
        )
        for summary in page.locator("main details:not([open]) > summary").all()[:3]:
            summary.dispatch_event("click")
        assert page.evaluate(STRANGE) == [], path
        assert page.evaluate("() => window.fired") == [], path
    page.context.close()
    assert told == []


def test_the_watch_sees_what_it_watches_for(chromium: Browser, live_server: LiveServer) -> None:
    """The corpus put into a page as markup: the policy stops it, and every kind of notice is heard."""
    told: list[str] = []
    page = opened(chromium, live_server, told)
    page.goto(f"{live_server.url}/sign-in/")
    page.evaluate("(words) => { document.querySelector('main').innerHTML = words.join(' '); }", list(XSS))
    page.wait_for_timeout(100)
    assert page.evaluate(STRANGE) != []
    assert any(one.startswith("csp ") for one in page.evaluate("() => window.fired"))
    assert any("Content Security Policy" in one for one in told)
    page.context.close()


@pytest.mark.parametrize("renderer", [text.markdown, text.plain, text.terminal])
def test_no_word_of_it_is_markup(renderer: Any) -> None:
    for word in WORDS:
        assert_inert(renderer(word))


@pytest.mark.parametrize(("said", "kept"), TERMINAL.values(), ids=TERMINAL.keys())
def test_no_terminal_is_obeyed_and_its_words_stay(said: str, kept: str) -> None:
    for shown in (text.terminal(said), text.bare(said)):
        assert not [mark for mark in shown if mark < " " or "\x7f" <= mark <= "\x9f"]
    assert kept in text.terminal(said)
