"""Row `diff`: an agent writes a file, and a page that shows its run has the lines."""

import json
import re
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.bench.report import Figure, p, spread
from tests.bench.stage import Stage

WRITES = 20
# Not a multiple of the second between two snapshots, so that writes fall anywhere into it.
PAUSE = 1.7
SCRIPT = f"""
[[step]]
sleep = 2
{
    f'''
[[step]]
run = "echo stamp $(date +%s.%N) >> stamps.txt"
[[step]]
sleep = {PAUSE}
'''
    * WRITES
}
"""
STAMP = re.compile(r"stamp (\d+\.\d+)")
TAGS = re.compile(r"<[^>]+>")


def measure(stage: Stage) -> Figure:
    """The stamps are the clock of the machine at the write; a page is told by its socket and fetches the diff."""
    project = stage.project(stage.repository("diff"))
    run = stage.scripted_run(project["id"], SCRIPT, "Stamper")["id"]
    seen: dict[str, float] = {}
    with _socket(stage, run) as page:
        end = time.monotonic() + WRITES * PAUSE + 60
        while len(seen) < WRITES and time.monotonic() < end:
            if _hinted(page):
                text = TAGS.sub("", stage.browser.get(f"/runs/{run}/diff/"))
                for stamp in STAMP.findall(text):
                    seen.setdefault(stamp, (time.time() - float(stamp)) * 1000)
    assert len(seen) >= WRITES - 2, f"{len(seen)} of {WRITES} writes were seen"
    times = list(seen.values())
    return Figure(
        what="write by an agent to its lines in an open page, p95",
        value=p(0.95, times),
        goal=1500,
        more={**spread(times), "pause_between_snapshots": 1000},
    )


def _socket(stage: Stage, run: int) -> ClientConnection:
    url = f"ws{stage.ada.origin.removeprefix('http')}/ws/"
    page = connect(url, additional_headers={"Authorization": f"Bearer {stage.ada.token}"}, max_size=None, proxy=None)
    page.send(json.dumps({"join": {f"runstate.{run}": 0}}))
    return page


def _hinted(page: ClientConnection) -> bool:
    """Whether the next message says that the diff is new; others and silence are passed over."""
    try:
        return bool(json.loads(page.recv(timeout=1)).get("target") == "live-diff")
    except (TimeoutError, ConnectionClosed):
        return False
