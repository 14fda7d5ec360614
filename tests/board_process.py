"""A whole board as its users start it: real processes, real sockets, one data folder."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conforming import Document

ROOT = Path(__file__).resolve().parent.parent


class ApiError(Exception):
    """An answer of 400 and above, with its error object."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.error = body.get("error", {})


class Api:
    """The REST API with one bearer token."""

    def __init__(self, origin: str, token: str) -> None:
        self.origin = origin
        self.token = token
        self._document: Document | None = None

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(f"{self.origin}/api/v1/{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=30) as answer:
                found = json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            raise ApiError(error.code, json.loads(text) if text.startswith(b"{") else {"text": text.decode()}) from None
        self.document.check(method, f"/api/v1/{path}", 200, found)
        return found

    @property
    def document(self) -> Document:
        """The board's own; what a journey is told has to be as it says."""
        if self._document is None:
            with urllib.request.urlopen(f"{self.origin}/api/v1/openapi.json", timeout=30) as answer:
                self._document = Document(json.loads(answer.read()))
        return self._document

    def get(self, path: str) -> Any:
        return self("GET", path)

    def post(self, path: str, /, **body: Any) -> Any:
        return self("POST", path, body)

    def patch(self, path: str, /, **body: Any) -> Any:
        return self("PATCH", path, body)

    def until(self, path: str, holds: Callable[[Any], bool], seconds: float = 60) -> Any:
        """Ask again until the answer holds; an AssertionError tells the last answer."""
        end = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if holds(answer):
                return answer
            assert time.monotonic() < end, f"{path} after {seconds} s: {json.dumps(answer)[:3000]}"
            time.sleep(0.1)


class BoardProcess:
    """`manage.py up` (or another command that starts a board) on a data folder of its own."""

    def __init__(
        self,
        data: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        command: list[str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.data = data
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEAMBOARD_", "DJANGO_"))}
        self.env = {**kept, "TEAMBOARD_DATA": str(data), **(env or {})}
        self.command = command or [sys.executable, str(ROOT / "manage.py"), "up", "--no-browser", *arguments]
        self.cwd = cwd
        self.said = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.origin = ""
        self.entrance = ""

    def start(self, seconds: float = 60) -> "BoardProcess":
        self.said = ""
        self.process = subprocess.Popen(
            self.command, env=self.env, cwd=self.cwd, stdin=-3, stdout=-1, stderr=subprocess.STDOUT
        )
        self.wait_for("Logs:", seconds)
        found = re.search(r"^\s+((http://[^/\s]+)/\S+)$", self.said, re.M)
        assert found, self.said
        self.entrance, self.origin = found[1], found[2]
        return self

    def wait_for(self, words: str, seconds: float = 30) -> str:
        """Read what the board prints until `words` are there."""
        assert self.process
        assert self.process.stdout
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            while words not in self.said:
                assert time.monotonic() < end, f"waited {seconds} s for {words!r}; the board said:\n{self.said}"
                if ready.select(0.2):
                    chunk = os.read(self.process.stdout.fileno(), 65536)
                    assert chunk, f"the board ended; it said:\n{self.said}"
                    self.said += chunk.decode(errors="replace")
        return self.said

    def manage(self, *words: str) -> str:
        argv = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(argv, env=self.env, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()

    def again(self) -> "subprocess.CompletedProcess[str]":
        """A second board on the same data, which has to refuse."""
        return subprocess.run(self.command, env=self.env, cwd=self.cwd, capture_output=True, text=True, timeout=60)

    def api(self, name: str = "ada", role: str = "architect") -> Api:
        return Api(self.origin, self.manage("token", name, "--role", role))

    def children(self) -> dict[str, int]:
        """name -> pid of each process of the board that runs now."""
        assert self.process
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if parent == self.process.pid:
                found[_name(words)] = int(folder.name)
        return found

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self._close()

    def kill(self) -> None:
        """SIGKILL of the supervisor and of everything it started."""
        assert self.process
        for pid in [self.process.pid, *self.children().values()]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process and self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> "BoardProcess":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()


def _name(words: list[str]) -> str:
    if "-Q" in words:
        return words[words.index("-Q") + 1]
    if "sweeper" in words:
        return "sweeper"
    return "valkey" if "valkey" in words[0] else "share" if "--ssl-keyfile" in words else "web"
