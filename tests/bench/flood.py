"""Row `flood`: twenty agents print 200 lines a second each; pages are opened meanwhile."""

import json
import threading
import time
from contextlib import suppress
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.bench.report import Figure, p, spread
from tests.bench.stage import Stage

AGENTS = 20
RATE = 200
SECONDS = 20
PAUSE = 0.1
# Long enough for all to be at work together; they are stopped at the end.
SCRIPT = f"""
[[step]]
flood = {{ lines = {RATE * 240}, rate = {RATE}, text = "the quick brown fox jumps over the lazy dog" }}
"""


def measure(stage: Stage) -> Figure:
    project = stage.project(stage.repository("flood"))
    runs = [stage.scripted_run(project["id"], SCRIPT, f"Agent {n}")["id"] for n in range(AGENTS)]
    output = {run: stage.root / f"data/runs/{run}/output.jsonl" for run in runs}
    try:
        _all_flow(output)
        pages = [f"/p/{project['id']}/", *(f"/runs/{run}/" for run in runs)]
        stage.browser.get(pages[0])
        audience = Audience(stage, runs)
        before, began = _lines(output), time.monotonic()
        times = _look(stage, pages)
        rate = (_lines(output) - before) / (time.monotonic() - began)
        heard = audience.leave()
    finally:
        for run in runs:
            stage.ada.post(f"runs/{run}/cancel", reason="measured")
    for run in runs:
        stage.ada.until(f"runs/{run}", lambda row: row["state"] == "cancelled")
    stage.browser.get(pages[0])
    quiet = _look(stage, pages)
    return Figure(
        what=f"board and run pages while {AGENTS} agents print {RATE} lines/s each, p95",
        value=p(0.95, times),
        goal=200,
        floor=p(0.95, quiet),
        floor_is="the same pages with nobody at work",
        more={**spread(times), "lines_per_s": round(rate), "heard_by_one_socket_per_s": round(heard)},
    )


def _all_flow(output: dict[int, Path]) -> None:
    end = time.monotonic() + 120
    while not all(_flows(path) for path in output.values()):
        assert time.monotonic() < end, "not all agents came to print"
        time.sleep(0.2)


def _flows(path: Path) -> bool:
    return path.exists() and b"flood line 100 " in path.read_bytes()


def _lines(output: dict[int, Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in output.values())


def _look(stage: Stage, pages: list[str]) -> list[float]:
    """The board and a run by turns, as people do, for some seconds."""
    board, *runs = pages
    times, end, number = [], time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        times.append(stage.browser.timed(board if number % 2 else runs[number // 2 % len(runs)]))
        number += 1
        time.sleep(PAUSE)
    return times


class Audience:
    """One open page that listens to all the runs at once and counts the lines it is told."""

    def __init__(self, stage: Stage, runs: list[int]) -> None:
        url = f"ws{stage.ada.origin.removeprefix('http')}/ws/"
        headers = {"Authorization": f"Bearer {stage.ada.token}"}
        self._socket = connect(url, additional_headers=headers, max_size=None, proxy=None)
        self._socket.send(json.dumps({"join": {f"run.{run}": 0 for run in runs}}))
        self._lines, self._began = 0, time.monotonic()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(ConnectionClosed):
            for message in self._socket:
                self._lines += len(json.loads(message).get("lines", ()))

    def leave(self) -> float:
        """Lines a second."""
        rate = self._lines / (time.monotonic() - self._began)
        self._socket.close()
        self._thread.join()
        return rate
