"""Rows `event` and `event_1000`: one browser changes a card, fifty others have the board open and are told.

The second has a thousand more cards on that board, a hundred of which wait for a person.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.bench.report import Figure, p, spread
from tests.bench.stage import Stage, cpu_ms, inside
from tests.board_process import ROOT, Api

SOCKETS = 50
EVENTS = 40
CARDS = 40
PAUSE = 0.15
Change = Callable[[str], Coroutine[Any, Any, None]]


def measure(stage: Stage) -> Figure:
    return _measured(
        stage, "event", f"event to another browser, request sent to frame received, {SOCKETS} sockets, p95"
    )


def measure_thousand(stage: Stage) -> Figure:
    what = f"the same on a board of 1,000 more cards and 100 asks, {SOCKETS} sockets, p95"
    return _measured(stage, "event-1000", what, crowded=True)


def _measured(stage: Stage, name: str, what: str, *, crowded: bool = False) -> Figure:
    project = stage.project(stage.repository(name))
    tasks = [stage.ada.post(f"projects/{project['id']}/tasks", title=f"Card {n}")["id"] for n in range(CARDS)]
    if crowded:
        inside(stage.board.env, "join", str(project["id"]))
    # One person may hold twenty sockets open.
    people = [stage.ada, *(stage.board.api(name, "reviewer") for name in ("rui", "mia"))]
    web = stage.board.children()["web"]
    latest, cpu = asyncio.run(_board(people, project["id"], tasks, web))
    floor = asyncio.run(_bare())
    return Figure(
        what=what,
        value=p(0.95, latest),
        goal=100,
        floor=p(0.95, floor),
        floor_is="a bare broadcast over websockets",
        more={**spread(latest), "web_cpu_per_event": round(cpu, 1), "bare": spread(floor)},
    )


class Ears:
    """All sockets of all browsers; each notes when it hears the word that is waited for."""

    def __init__(self) -> None:
        self.word, self.heard = "", []
        self.all_heard = asyncio.Event()
        self.sockets: list[ClientConnection] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, url: str, headers: dict[str, str], greeting: str = "") -> None:
        socket = await connect(url, additional_headers=headers, max_size=None, proxy=None)
        if greeting:
            await socket.send(greeting)
        self.sockets.append(socket)
        self._tasks.append(asyncio.create_task(self._listen(socket)))

    async def _listen(self, socket: ClientConnection) -> None:
        async for message in socket:
            if self.word and self.word in str(message):
                self.heard.append(time.perf_counter())
                if len(self.heard) == SOCKETS:
                    self.all_heard.set()

    async def times(self, change: Change) -> list[float]:
        """Milliseconds from asking for each change to hearing of it, of every socket and change."""
        found = []
        for number in range(EVENTS):
            self.word, self.heard = f"word-{number}-", []
            self.all_heard.clear()
            began = time.perf_counter()
            await change(self.word)
            await asyncio.wait_for(self.all_heard.wait(), 20)
            found += [(at - began) * 1000 for at in self.heard]
            await asyncio.sleep(PAUSE)
        return found

    async def close(self) -> None:
        for socket in self.sockets:
            await socket.close()
        await asyncio.gather(*self._tasks)


async def _board(people: list[Api], project: int, tasks: list[int], web: int) -> tuple[list[float], float]:
    ears = Ears()
    at = (await asyncio.to_thread(people[0].get, f"projects/{project}/events?after=0&limit=1000"))["next"]
    # As live.js does it.
    greeting = json.dumps({"join": {f"board.{project}": at, f"project.{project}": at}, "lists": True})
    for number in range(SOCKETS):
        api = people[number % len(people)]
        headers = {"Authorization": f"Bearer {api.token}"}
        await ears.open(f"ws{api.origin.removeprefix('http')}/ws/", headers, greeting)
    await asyncio.sleep(2)
    before = cpu_ms(web)

    async def change(word: str) -> None:
        task = tasks[int(word.split("-")[1]) % CARDS]
        await asyncio.to_thread(people[0].patch, f"tasks/{task}", title=f"Card {word}")

    try:
        return await ears.times(change), (cpu_ms(web) - before) / EVENTS
    finally:
        await ears.close()


async def _bare() -> list[float]:
    """The same audience around a server that only repeats to all what it is sent."""
    argv = [sys.executable, "-m", "tests.bench.bare"]
    server = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE)
    assert server.stdout
    port = int(await asyncio.to_thread(server.stdout.readline))
    ears = Ears()
    try:
        for _ in range(SOCKETS):
            await ears.open(f"ws://127.0.0.1:{port}/", {})
        return await ears.times(lambda word: ears.sockets[0].send(word * 100))
    finally:
        await ears.close()
        server.kill()
        server.wait()
        server.stdout.close()
