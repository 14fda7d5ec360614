"""`demo`: a board on a folder of its own, filled while you watch."""

import subprocess
import sys
from typing import Any

from teamboard.ops.demo import seed
from teamboard.ops.management.commands import up
from teamboard.ops.supervisor import Supervisor


class Command(up.Command):
    help = "Start a board with a sample repository and scripted agents at work (in a data folder of its own)."

    def greet(self, board: Supervisor, options: dict[str, Any], seconds: float) -> None:
        seed.name_architect()
        with (board.folder / "logs" / "demo.log").open("ab") as log:
            self.filling = subprocess.Popen(
                [sys.executable, "-m", "django", "demo_seed"],
                env=board.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        super().greet(board, options, seconds)
