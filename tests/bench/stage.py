"""The board that the rows share: a real one, started on first use, with people and small repositories."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.board_process import ROOT, Api, BoardProcess
from tests.journey import sample
from tests.journey.main_job import git


class Stage:
    """Everything lies in one folder that is removed at the end."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="teamboard-bench-"))
        self._board: BoardProcess | None = None

    @cached_property
    def board(self) -> BoardProcess:
        self._board = BoardProcess(self.root / "data").start()
        return self._board

    @cached_property
    def ada(self) -> Api:
        return self.board.api()

    @cached_property
    def browser(self) -> "Browser":
        return Browser(self.ada.origin, inside(self.board.env, "session", "ada"))

    def repository(self, name: str) -> Path:
        return sample.make(self.root / name)

    def project(self, repo: Path, **settings: Any) -> dict[str, Any]:
        """An opened project; with settings they are in force."""
        made = self.ada.post("projects", name=repo.name, path=str(repo), target_branch="main")
        found: dict[str, Any] = self.ada.until(f"projects/{made['id']}", lambda row: row["head_sha"])
        if settings:
            self.ada.patch(f"projects/{found['id']}/settings", accept=True, **settings)
        return found

    def scripted_run(self, project: int, script: str, name: str) -> dict[str, Any]:
        """A task given to an agent that plays the script, started."""
        agent = self.ada.post(f"projects/{project}/agents", name=name, kind="scripted", script=script)
        task = self.ada.post(f"projects/{project}/tasks", title=f"For {name}")
        run: dict[str, Any] = self.ada.post(f"tasks/{task['id']}/runs", agent=agent["id"])
        return run

    def close(self) -> None:
        if self._board:
            self._board.stop()
        shutil.rmtree(self.root, ignore_errors=True)


class Browser:
    """Pages over one kept connection, as somebody who is signed in."""

    def __init__(self, origin: str, cookie: str) -> None:
        place = urlsplit(origin)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        self.cookie = cookie

    def get(self, path: str) -> str:
        try:
            answer = self._ask(path)
        except http.client.RemoteDisconnected:  # the server lets go of a connection that was idle for five seconds
            answer = self._ask(path)
        body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        return body.decode()

    def _ask(self, path: str) -> http.client.HTTPResponse:
        self._connection.request("GET", path, headers={"Cookie": self.cookie})
        return self._connection.getresponse()

    def timed(self, path: str) -> float:
        return timed(lambda: self.get(path))


def inside(env: dict[str, str], *words: str) -> Any:
    """What seed.py answers: it works on the rows of the board whose environment is given."""
    argv = [sys.executable, "-m", "tests.bench.seed", *words]
    return json.loads(subprocess.run(argv, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


def cpu_ms(pid: int) -> float:
    """What a process has used so far."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def branches(repo: Path, number: int) -> list[str]:
    """Branches one commit ahead of main, each with a file of its own."""
    names = [f"feature/{index}" for index in range(number)]
    for index, name in enumerate(names):
        git(repo, "checkout", "-q", "-b", name, "main")
        sample.write(repo, {f"part_{index}.py": f"NUMBER = {index}\n" * 20}, f"Add part {index}")
    git(repo, "checkout", "-q", "main")
    return names
