"""Two people who act at random on all pages, through the API, through forms and by clicks."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Missed

from tests.board_process import ApiError
from tests.browser.live_pages import Person
from tests.browser.live_scene import Scene

CLICK_MS = 5000
MOST_ASKED = 3


class Impossible(Exception):
    """There is nothing now that this action could be done to."""


class Walk:
    """`seed` decides what is done; what the board's workers do meanwhile is their own."""

    def __init__(self, scene: Scene, seed: int, actions: Sequence["Action"], weights: Mapping[str, int]) -> None:
        self.scene, self.random = scene, random.Random(seed)
        self.actions, self.weights = actions, [weights.get(one.__name__, 2) for one in actions]
        self.done: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.number = 0
        self._read: dict[str, Any] = {}

    def step(self) -> str:
        """One action that the board did not refuse."""
        while True:
            action = self.random.choices(self.actions, self.weights)[0]
            self.number += 1
            self._read.clear()
            began = time.monotonic()
            try:
                action(self)
            except (Impossible, ApiError):
                continue
            finally:
                self.seconds[action.__name__] += time.monotonic() - began
            self.done[action.__name__] += 1
            return action.__name__

    # What there is to act on

    @property
    def pid(self) -> int:
        return self.scene.pid

    def word(self) -> str:
        return f"{self.random.choice(('Amber', 'Birch', 'Cobalt', 'Dune', 'Ember'))} {self.number}"

    def who(self) -> Person:
        return self.random.choice((self.scene.ada, self.scene.rui))

    def get(self, path: str) -> Any:
        """Read once for each action."""
        if path not in self._read:
            self._read[path] = self.scene.ada_api.get(path)
        return self._read[path]

    def one(self, rows: list[Any]) -> Any:
        if not rows:
            raise Impossible
        return self.random.choice(rows)

    def task(self, **wanted: Any) -> dict[str, Any]:
        rows = self.get(f"projects/{self.pid}/tasks")
        found: dict[str, Any] = self.one([row for row in rows if all(row[name] == of for name, of in wanted.items())])
        return found

    def run(self, *states: str) -> dict[str, Any]:
        """The watched one as often as all others together."""
        others = [
            row["run"] for row in self.get(f"projects/{self.pid}/tasks") if row["run"] not in (None, self.scene.run)
        ]
        self.random.shuffle(others)
        asked = [self.scene.run, *others] if self.random.random() < 0.5 else [*others, self.scene.run]
        for number in asked[:MOST_ASKED]:
            found: dict[str, Any] = self.get(f"runs/{number}")
            if found["state"] in states:
                return found
        raise Impossible

    def change(self, *states: str) -> dict[str, Any]:
        rows = self.get(f"projects/{self.pid}/changes")
        watched = (self.scene.change, self.scene.done)
        found = self.one(
            [row["id"] for row in rows if row["state"] in states for _ in range(5 if row["id"] in watched else 1)]
        )
        answer: dict[str, Any] = self.get(f"changes/{found}")
        return answer

    def thread(self, **wanted: Any) -> dict[str, Any]:
        rows = [
            row for number in (self.scene.change, self.scene.done) for row in self.get(f"changes/{number}")["threads"]
        ]
        found: dict[str, Any] = self.one([row for row in rows if all(row[name] == of for name, of in wanted.items())])
        return found

    def post(self, person: Person, path: str, /, **values: str) -> None:
        if person.post(path, **values) >= 400:
            raise Impossible

    def seen(self, page: Page, selector: str) -> Locator:
        found = page.locator(selector).locator("visible=true")
        count = found.count()
        if not count:
            raise Impossible
        return found.nth(self.random.randrange(count))

    def click(self, page: Page, selector: str) -> None:
        try:
            self.seen(page, selector).click(timeout=CLICK_MS)
        except Missed:
            # It was swapped away under the pointer, as happens to people.
            raise Impossible from None


Action = Callable[[Walk], None]
