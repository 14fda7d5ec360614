"""SIGKILL in the middle of a run, of its worker and of everything: it goes on, once, and leaves nothing running."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.board_process import Api, BoardProcess
from tests.journey import sample
from tests.journey.conftest import QUICK, Room, Untouched
from tests.waiting import until

Json = dict[str, Any]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    """One that may be started again on the same data."""
    process = BoardProcess(tmp_path_factory.mktemp("board") / "data", env=QUICK)
    with process:
        yield process


@pytest.fixture(scope="module")
def room(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room.open(api, sample.make(tmp_path_factory.mktemp("user") / "money"))


def begun(room: Room, nap: str) -> Json:
    """A run whose agent sleeps in its first attempt, as `nap` seconds tell in the list of processes."""
    script = f"test -e begun || {{ touch begun; sleep {nap}; }}; rm begun; echo {nap} > done-{nap}.txt"
    agent = room.api.post(f"projects/{room.pk}/agents", name=f"Sleeper {nap}", command=["/bin/sh", "-c", script])
    task = room.api.post(f"projects/{room.pk}/tasks", title=f"Sleep {nap} s")
    run: Json = room.api.post(f"tasks/{task['id']}/runs", agent=agent["id"])
    until(lambda: running(f"sleep {nap}"), seconds=60)
    return run


def running(words: str) -> list[int]:
    """Processes whose command line is just these words."""
    return [int(place.name) for place in Path("/proc").glob("[0-9]*") if _line(place) == words]


def _line(place: Path) -> str:
    try:
        return (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def assert_went_on(room: Room, run: Json, nap: str, since: float) -> None:
    """Within 35 s, with one patch set, and nothing of the first attempt left."""
    done = room.settled(run["id"], seconds=35 - (time.monotonic() - since))
    assert (done["state"], done["waiting_for"], done["failure"]) == ("waiting", "review", None), done
    work = [step for step in done["steps"] if step["kind"] == "work"]
    assert [(step["state"], step["attempt"]) for step in work] == [("succeeded", 2)]
    change = room.api.get(f"changes/{done['change']}")
    assert len(change["patch_sets"]) == 1
    (file,) = room.api.get(f"changes/{change['id']}/diff")["files"]
    assert file["path"] == f"done-{nap}.txt"
    assert running(f"sleep {nap}") == []


def test_a_run_goes_on_after_the_sigkill_of_its_worker(room: Room, board: BoardProcess, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = begun(room, "71.25")
        killed = time.monotonic()
        os.kill(board.children()["agents"], signal.SIGKILL)
        assert_went_on(room, run, "71.25", killed)


def test_a_run_goes_on_after_the_sigkill_of_everything(
    room: Room, board: BoardProcess, untouched: Untouched, everything: Callable[[], list[int]]
) -> None:
    with untouched(room.repo):
        run = begun(room, "72.25")
        before = everything()
        board.kill()
        assert not set(before) & set(everything())
        board.start()
        room.api.origin = board.origin
        assert_went_on(room, run, "72.25", time.monotonic())


@pytest.fixture
def everything(board: BoardProcess) -> Callable[[], list[int]]:
    """All processes that were started with this board's data, whoever is their parent now."""
    mark = f"TEAMBOARD_DATA={board.data}\0".encode()

    def found() -> list[int]:
        return [int(place.name) for place in Path("/proc").glob("[0-9]*") if mark in _environment(place)]

    return found


def _environment(place: Path) -> bytes:
    try:
        return (place / "environ").read_bytes()
    except OSError:
        return b""
