"""Row `board`: the board page with 1,000 cards, from a web process that has nothing else to do."""

import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench.report import Figure, spread
from tests.bench.stage import Browser, Stage, cpu_ms, free_port, inside
from tests.board_process import ROOT

LOOKS = 40
# The rows of a board as one query; what no page can do without.
ROWS = """SELECT t.id, t.number, t.title, t.state, t.position, t.priority, t.labels, t.created_at, a.name, r.id,
    r.state, r.activity, r.activity_at, c.id, c.state, s.number, s.additions, s.deletions, s.created_at
  FROM board_task t LEFT JOIN board_agent a ON a.id = t.agent_id LEFT JOIN runs_run r ON r.task_id = t.id
    LEFT JOIN reviews_change c ON c.task_id = t.id LEFT JOIN reviews_patchset s ON s.change_id = c.id
  WHERE t.project_id = ? ORDER BY t.position"""


def measure(stage: Stage) -> Figure:
    """Its cards are rows without work behind them, so no worker may see them: only the web is started."""
    folder = stage.root / "thousand"
    env = {**os.environ, "TEAMBOARD_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "teamboard.settings"}
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"], env=env, check=True, capture_output=True
    )
    made = inside(env, "crowd")
    with _web(env, folder) as (origin, process):
        browser, path = Browser(origin, made["cookie"]), f"/p/{made['project']}/"
        first = browser.timed(path)
        browser.get(path)
        before = cpu_ms(process.pid)
        times = [browser.timed(path) for _ in range(LOOKS)]
        cpu = (cpu_ms(process.pid) - before) / LOOKS
        size = len(browser.get(path))
    more = {"wall": spread(times), "first_wall_after_start": round(first, 1), "page_kb": size // 1024}
    return Figure(
        what="board page with 1,000 cards (400 started, 200 asks), processor time of the web process for each",
        value=cpu,
        goal=80,
        floor=_rows_alone(folder / "board.db", made["project"]),
        floor_is="sqlite3 fetching the rows, processor time",
        more=more,
    )


@contextmanager
def _web(env: dict[str, str], folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "uvicorn", "teamboard.asgi:application", "--port", str(port), "--no-access-log"]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(argv, env=env | {"TEAMBOARD_ORIGIN": origin}, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(origin, process)
        yield origin, process
    finally:
        process.terminate()
        process.wait(20)


def _wait(origin: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"{origin}/sign-in/", timeout=2).close()
            return
        time.sleep(0.05)
    raise AssertionError("the web process did not start")


def _rows_alone(database: Path, project: int) -> float:
    with sqlite3.connect(database) as connection:
        began = time.process_time()
        for _ in range(LOOKS):
            connection.execute(ROWS, [project]).fetchall()
        return (time.process_time() - began) * 1000 / LOOKS
