"""The system's Chromium under Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
# A busy machine is no failure; what is expected ends the waiting.
expect.set_options(timeout=30_000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser. `make test` installs one where there is none."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program, "No Chromium on this machine: run `make browser`."
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=[*FLAGS, "--disable-component-update"])
        try:
            yield browser
        finally:
            browser.close()
