"""Row `start`: how much longer a process takes in the sandbox, from the call to its known end."""

import subprocess
from pathlib import Path

from agents import Limits, NoSandbox, Place, probe
from tests.bench.report import Figure, p, spread
from tests.bench.stage import Stage, timed

STARTS = 40


def measure(stage: Stage) -> Figure:
    sandbox = probe()
    assert not isinstance(sandbox, NoSandbox), f"{sandbox.reason} {sandbox.remedy}"
    place = _place(stage.root / "start")

    def walled() -> None:
        finished = sandbox.run(["true"], place, Limits(seconds=20))
        assert finished.exit_code == 0, finished

    pairs = [(timed(lambda: subprocess.run(["true"], check=True)), timed(walled)) for _ in range(STARTS)]
    bare, inside = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    beyond = [after - before for before, after in pairs]
    return Figure(
        what="agent process in the sandbox beyond the bare process, start to end, p95",
        value=p(0.95, beyond),
        goal=150,
        floor=p(0.5, bare),
        floor_is="the bare process",
        more={**spread(beyond), "in_the_sandbox": spread(inside), "bare": spread(bare)},
    )


def _place(folder: Path) -> Place:
    for name in ("work", "home", "tmp"):
        (folder / name).mkdir(parents=True)
    return Place(work=folder / "work", home=folder / "home", tmp=folder / "tmp")
