"""Screenshots of every page for docs/, from the demo: python -m tests.browser.shots [--origin URL --entrance URL]."""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.board_process import ROOT, BoardProcess
from tests.browser.chromium import chromium

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FULL_PAGE = {"change", "settings", "run", "task", "branches"}


def addresses(page: Page, origin: str) -> dict[str, str]:
    """Name -> path of one page of each kind, found by following the demo's links."""
    found = {name: f"/p/1/{part}" for name, part in PARTS.items()}
    page.goto(f"{origin}/p/1/")
    for name, prefix in (("task", "/tasks/"), ("run", "/runs/"), ("change", "/changes/")):
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
        path = next((link for link in links if link.startswith(prefix)), None)
        found[name] = path.split("#")[0] if path else f"{prefix}1/"
    return {"start": "/", **found}


PARTS = {
    "board": "",
    "review": "review/",
    "queue": "queue/",
    "team": "team/",
    "settings": "settings/",
    "branches": "branches/",
}


def shoot(origin: str, entrance: str, folder: Path) -> None:
    """Desk in both themes, phone in one; the doors without a session."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        state = _sign_in(browser, entrance, folder)
        for theme, size, label in (("light", DESK, "light"), ("dark", DESK, "dark"), ("light", PHONE, "phone")):
            context = browser.new_context(color_scheme=theme, viewport=size, storage_state=state)
            page = context.new_page()
            for name, path in addresses(page, origin).items():
                page.goto(origin + path)
                page.wait_for_load_state("load")
                page.wait_for_timeout(400)
                page.screenshot(path=folder / f"{name}-{label}.png", full_page=name in FULL_PAGE)
            context.close()
        page = browser.new_context(viewport=DESK).new_page()
        for name in ("sign-in", "join"):
            page.goto(f"{origin}/{name}/")
            page.screenshot(path=folder / f"{name}-light.png")


def _sign_in(browser: Any, entrance: str, folder: Path) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(entrance)
    page.wait_for_url(lambda url: "sign-in" not in url)
    state = context.storage_state()
    context.close()
    return state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--origin")
    parser.add_argument("--entrance")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "shots")
    given = parser.parse_args()
    if given.origin:
        shoot(given.origin, given.entrance, given.out)
        return
    with tempfile.TemporaryDirectory() as data:
        board = BoardProcess(Path(data), command=[".venv/bin/python", "manage.py", "demo", "--no-browser"])
        with board:
            log = Path(data) / "logs" / "demo.log"
            end = time.monotonic() + 300
            while "complete" not in log.read_text():
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.5)
            shoot(board.origin, board.entrance, given.out)


if __name__ == "__main__":
    main()
