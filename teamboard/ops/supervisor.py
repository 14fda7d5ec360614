"""Everything that runs while a board is up: Valkey, web, two workers and the sweeper."""

import os
import socket
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings

from teamboard.lib import sharing
from teamboard.ops import share, valkey
from teamboard.ops.children import Child, Children
from teamboard.ops.instance import port_of
from teamboard.ops.tls import Certificate

CHECKPOINT_SECONDS = 30.0
START_SECONDS = 60.0


class Supervisor:
    """One running board on `folder`, answering at `origin`, which `listener` is bound to."""

    def __init__(self, folder: Path, listener: socket.socket, origins: list[str]) -> None:
        self.folder = folder
        self.listener = listener
        self.origin = f"http://127.0.0.1:{port_of(listener)}"
        self.env = dict(os.environ) | {
            "DJANGO_SETTINGS_MODULE": "teamboard.settings",
            "TEAMBOARD_DATA": str(folder),
            "TEAMBOARD_ORIGIN": self.origin,
            "TEAMBOARD_ORIGINS": ",".join(origins),
            "PYTHONUNBUFFERED": "1",
        }
        self.children = Children()
        self.shared: sharing.Share | None = None
        self._checkpointed = time.monotonic()
        (folder / "logs").mkdir(exist_ok=True)

    def start_queue(self) -> None:
        """The embedded Valkey, unless REDIS_URL names another."""
        if not os.environ.get("REDIS_URL"):
            configuration = valkey.configuration(settings.VALKEY_SOCKET)
            self._add("valkey", [str(valkey.binary()), str(configuration)])
        valkey.wait(settings.REDIS_URL)

    def start_web(self) -> None:
        self._add("web", self._uvicorn(self.listener), listener=self.listener)

    def start_workers(self) -> None:
        self._add("control", self._worker("control", 4), stop_seconds=1.0)
        self._add("agents", self._worker("agents", settings.WIP_LIMIT), stop_seconds=1.0)
        self._add("sweeper", self._manage("sweeper"), stop_seconds=1.0)

    def wait(self) -> None:
        """Until the web answers. Exits with the last words of its log when it does not."""
        end = time.monotonic() + START_SECONDS
        while not _answers(self.origin):
            web = next(child for child in self.children.all if child.name == "web")
            if not web.alive or time.monotonic() > end:
                self.children.stop()
                sys.exit(f"The web server did not start. Its log, {web.log}, ends:\n{web.log.read_text()[-2000:]}")
            time.sleep(0.03)

    def start_sharing(self, address: str | None = None) -> sharing.Share:
        """A second listener with TLS on this machine's address; link and fingerprint are written down for the pages."""
        found, certificate, listener = share.prepare(self.folder, address)
        extra = {"TEAMBOARD_TLS": "1", "TEAMBOARD_ORIGIN": found.origin}
        self._add("share", self._uvicorn(listener, certificate), extra, listener=listener)
        sharing.tell(self.folder, found)
        self.shared = found
        return found

    def tend(self) -> None:
        """One turn of the watch: restart the dead, honour a wish to share, checkpoint the database."""
        self.children.watch()
        if not self.shared and sharing.wanted(self.folder):
            found = self.start_sharing()
            print(f"Shared at {found.origin}\nFingerprint (SHA-256) {found.fingerprint}", flush=True)
        if time.monotonic() - self._checkpointed > CHECKPOINT_SECONDS:
            self._checkpointed = time.monotonic()
            checkpoint()

    def stop(self) -> None:
        self.children.stop()
        sharing.tell(self.folder, None)
        checkpoint()

    def _add(
        self,
        name: str,
        argv: list[str],
        extra: dict[str, str] | None = None,
        stop_seconds: float = 5.0,
        listener: socket.socket | None = None,
    ) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        env = self.env | (extra or {})
        return self.children.add(Child(name, argv, env, log, stop_seconds=stop_seconds, listener=listener))

    def _uvicorn(self, listener: socket.socket, tls: Certificate | None = None) -> list[str]:
        argv = [sys.executable, "-m", "uvicorn", "teamboard.asgi:application", "--fd", str(listener.fileno())]
        argv += ["--lifespan", "on", "--no-access-log", "--ws", "websockets-sansio", "--ws-max-size", "65536"]
        argv += ["--timeout-graceful-shutdown", "2", "--no-server-header", "--no-proxy-headers"]
        if tls:
            argv += ["--ssl-keyfile", str(tls.key), "--ssl-certfile", str(tls.certificate)]
        return argv

    def _worker(self, queue: str, threads: int) -> list[str]:
        argv = [sys.executable, "-m", "celery", "-A", "teamboard.celery", "worker", "-Q", queue, "-P", "threads"]
        return [*argv, "-c", str(threads), "-n", f"{queue}@board", "--without-gossip", "--without-mingle", "-l", "INFO"]

    def _manage(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "django", *words]


def _answers(origin: str) -> bool:
    try:
        with urllib.request.urlopen(f"{origin}/api/v1/health", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def checkpoint() -> None:
    """Fold SQLite's write-ahead log into the database. Only the supervisor does it: see settings.py."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return
    connection = sqlite3.connect(database["NAME"], timeout=1)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()
