"""Wait for what another thread or process does, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T | None], seconds: float = 20.0, *, pause: float = 0.05) -> T:
    """What `look` gives as soon as it gives something; fails with a sentence when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"nothing came within {seconds:g} s")
