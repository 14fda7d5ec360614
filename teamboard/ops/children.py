"""The processes of a board: start in order, notice a death, restart, stop in reverse order."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
RESTARTS_PER_MINUTE = 10


def _die_with_parent() -> None:
    """A board whose supervisor was killed leaves nothing running; the work goes on at the next start."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Child:
    """One process with its log file; `on_death` hears the pid of a process that ended unasked."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    on_death: Callable[[int], None] | None = None
    stop_seconds: float = 5.0
    listener: socket.socket | None = None  # held by us, served by the process, whichever start it is
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.starts = [at for at in self.starts if at > time.monotonic() - 60] + [time.monotonic()]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.argv,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                pass_fds=[self.listener.fileno()] if self.listener else [],
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def hopeless(self) -> bool:
        return len(self.starts) > RESTARTS_PER_MINUTE

    def stop(self) -> None:
        if self.process is None or not self.alive:
            return
        self.process.terminate()
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Children:
    """All of them, in the order they were added."""

    def __init__(self) -> None:
        self.all: list[Child] = []

    def add(self, child: Child) -> Child:
        self.all.append(child)
        child.start()
        return child

    def watch(self) -> None:
        """Restart what died. Exits with a sentence when one dies again and again."""
        for child in self.all:
            if child.alive or child.process is None:
                continue
            print(f"{child.name} ended ({child.process.returncode}); starting it again", file=sys.stderr, flush=True)
            if child.on_death:
                child.on_death(child.process.pid)
            if child.hopeless:
                raise SystemExit(f"{child.name} dies again and again. Its last words are in {child.log}.")
            child.start()

    def stop(self) -> None:
        for child in reversed(self.all):
            child.stop()
