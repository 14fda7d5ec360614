"""`make bench`: measure what the board promises about its speed, print the table, write bench.json.

Names of rows on the command line choose some of them. Ends with 1 when a row could not be measured; a goal that is
missed is printed as such and is no error.
"""

import argparse
import sys
import traceback
from collections.abc import Callable
from typing import Any

from tests.bench import agent_start, board_page, change_page, flood, landing, live_diff, report, sockets
from tests.bench.report import Figure
from tests.bench.stage import Stage
from tests.board_process import ROOT

ROWS: dict[str, Callable[[Stage], Figure]] = {
    "board": board_page.measure,
    "start": agent_start.measure,
    "event": sockets.measure,
    "event_1000": sockets.measure_thousand,
    "change": change_page.measure,
    "change_files": change_page.measure_files,
    "approve": landing.measure,
    "diff": live_diff.measure,
    "flood": flood.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help=f"some of {', '.join(ROWS)}; all without")
    names = parser.parse_args().rows or list(ROWS)
    machine = report.machine()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    stage = Stage()
    try:
        rows = {name: _measured(name, stage) for name in names}
    finally:
        stage.close()
    report.keep(ROOT / "bench.json", machine, rows)
    return 1 if any("error" in row for row in rows.values()) else 0


def _measured(name: str, stage: Stage) -> dict[str, Any]:
    try:
        figure = ROWS[name](stage)
    except Exception as problem:  # one row that cannot be measured costs only itself
        traceback.print_exc()
        print(f"{name:12} could not be measured: {problem}")
        return {"error": str(problem)}
    print(report.line(name, figure), flush=True)
    return report.as_json(figure)


if __name__ == "__main__":
    sys.exit(main())
