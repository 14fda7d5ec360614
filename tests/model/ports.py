"""The scheduler's ways to the outside, exchanged for a world's: clock, git, queue, processes, sandboxes."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol

from django.utils import timezone

from teamboard.events import bus
from teamboard.gate import building
from teamboard.lib import killpoints, owner
from teamboard.live import relay
from teamboard.pipeline import checks, executor, keeper, poller, projects, readback, steps, sweeper, triggers
from teamboard.reviews import revision, storage


class Outside(Protocol):
    """What a world gives in their place."""

    ground: Any
    plugins: dict[str, Any]

    def now(self) -> Any: ...
    def reached(self, label: str) -> None: ...
    def worker(self) -> str: ...
    def is_dead(self, owner: str) -> bool: ...
    def start_beating(self, lease: Any) -> None: ...
    def ring(self, name: str, pk: int) -> None: ...
    def run_check(self, *args: Any) -> Any: ...


class Silent:
    """A run's output, not written: the journal has tests of its own."""

    def __init__(self, run_id: int, lease: Any) -> None:
        pass

    def say(self, text: str, stream: str = "board", **event: Any) -> None:
        pass

    def flush(self) -> None:
        pass

    def __enter__(self) -> "Silent":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def exchanged(world: Outside) -> list[tuple[Any, str, Any]]:
    """(where, name, what stands there in a world)."""
    ground = world.ground
    return [
        # Clock: nothing under test asks another one (tests/model/test_ports.py).
        (timezone, "now", world.now),
        (killpoints, "watch", world.reached),
        # Git
        (storage, "open_stores", ground.open_stores),
        (projects, "open_upstream", ground.open_upstream),
        (building, "candidates", ground.candidates),
        (revision, "full_diff", ground.full_diff),
        (readback, "_whole", {}),
        # Queue
        (triggers, "ring", world.ring),
        # Processes and sandboxes
        (owner, "simulated_name", world.worker),
        (owner, "simulated_death", world.is_dead),
        (keeper, "start_beating", world.start_beating),
        (executor, "Output", Silent),
        (sweeper, "end_orphans", lambda marker: None),
        (poller, "end_orphans", lambda marker: None),
        (checks.trial, "run_check", world.run_check),
        (checks, "_keep_log", lambda pk, text: len(text)),
        (steps, "STEPS", world.plugins),
    ]


@contextmanager
def inhabit(world: Outside) -> Iterator[None]:
    """Every port is the world's until the block ends."""
    places = exchanged(world)
    before = [getattr(where, name) for where, name, _ in places]
    bus.unsubscribe(relay.tell)
    for where, name, what in places:
        setattr(where, name, what)
    try:
        yield
    finally:
        for (where, name, _), what in zip(places, before, strict=True):
            setattr(where, name, what)
        bus.subscribe(relay.tell)
