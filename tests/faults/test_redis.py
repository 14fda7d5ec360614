"""Whatever becomes of Redis, a run goes from its start to its review: messages are hints (I-4)."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import redis

from teamboard.settings import _valkey_socket
from tests.board_process import Api, BoardProcess
from tests.journey import sample
from tests.journey.conftest import QUICK, Room

pytestmark = pytest.mark.soak


@contextmanager
def again_and_again(deed: Callable[[], object], seconds: float) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(seconds):
            with suppress(redis.RedisError):
                deed()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def full(client: "redis.Redis") -> Iterator[None]:
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1")
    try:
        yield
    finally:
        client.config_set("maxmemory", "0")


@contextmanager
def standing_still(client: "redis.Redis") -> Iterator[None]:
    pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def killed(client: "redis.Redis") -> Iterator[None]:
    """The supervisor starts it again, with nothing in it."""
    os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
    yield


def emptied(client: "redis.Redis") -> Any:
    return again_and_again(client.flushall, 0.2)


FAULTS = {"emptied": emptied, "full": full, "standing still": standing_still, "killed": killed}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    process = BoardProcess(tmp_path_factory.mktemp("redis") / "data", env=QUICK)
    with process:
        yield process


@pytest.fixture(scope="module")
def api(board: BoardProcess) -> Api:
    return board.api()


@pytest.fixture(scope="module")
def room(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room.open(api, sample.make(tmp_path_factory.mktemp("user") / "money"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_ends_whatever_becomes_of_redis(fault: str, board: BoardProcess, room: Room) -> None:
    client = redis.Redis(unix_socket_path=str(_valkey_socket(board.data.resolve())), socket_timeout=2)
    name = fault.replace(" ", "-")
    agent = room.api.post(f"projects/{room.pk}/agents", name=name, command=["/bin/sh", "-c", f"echo 1 > {name}.txt"])
    task = room.api.post(f"projects/{room.pk}/tasks", title=f"Redis {fault}")
    with FAULTS[fault](client):
        run = room.api.post(f"tasks/{task['id']}/runs", agent=agent["id"])
        done = room.settled(run["id"], seconds=60)
    assert (done["state"], done["waiting_for"], done["failure"]) == ("waiting", "review", None)
    assert [step["attempt"] for step in done["steps"]] == [1] * len(done["steps"])
