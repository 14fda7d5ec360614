"""`up`: start everything and print one address."""

import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import ARCHITECT, User
from teamboard.ops import environment
from teamboard.ops.instance import AlreadyRunning, Instance, port_of, reserve
from teamboard.ops.supervisor import Supervisor


class Command(BaseCommand):
    help = "Start the board: web, workers, sweeper and an embedded Valkey on 127.0.0.1; print one address."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="the port on 127.0.0.1 (default: the last one used)")
        parser.add_argument("--data", help="the folder that holds all state (default: the user's data folder)")
        parser.add_argument("--open", help="a repository to open: a path or a clone address")
        parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
        parser.add_argument("--share", action="store_true", help="also serve TLS on this machine's address")
        parser.add_argument("--share-address", help="the address to share on (default: the one that others reach)")
        parser.add_argument("--origin", action="append", default=[], help="a further allowed origin (tunnel, proxy)")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = settings.DATA_DIR
        environment.ready_folder(folder)
        instance = Instance(folder)
        last = instance.read().get("port")
        try:
            instance.take()
        except AlreadyRunning as error:
            sys.exit(str(error))
        try:
            self._run(instance, reserve(options["port"], last), options)
        finally:
            instance.release()

    def _run(self, instance: Instance, listener: socket.socket, options: dict[str, Any]) -> None:
        began = time.monotonic()
        board = Supervisor(instance.folder, listener, options["origin"])
        instance.tell(pid=os.getpid(), port=port_of(listener), origin=board.origin)
        stopping = _stop_on_signal()
        try:
            board.start_queue()
            call_command("migrate", verbosity=0, interactive=False)
            board.start_web()
            board.start_workers()
            board.wait()
            self.greet(board, options, time.monotonic() - began)
            while not stopping.wait(0.5):
                board.tend()
        finally:
            board.stop()

    def greet(self, board: Supervisor, options: dict[str, Any], seconds: float) -> None:
        address = entrance(board.origin, options["open"])
        print(f"Teamboard is up ({seconds:.1f} s). Open this address; its secret works once:\n\n  {address}\n")
        if options["share"]:
            found = board.start_sharing(options["share_address"])
            print(f"Shared at {found.origin}\nFingerprint (SHA-256) {found.fingerprint}\n")
        print("Stop with Ctrl-C. Logs:", board.folder / "logs", flush=True)
        if not options["no_browser"] and (os.environ.get("DISPLAY") or sys.platform == "darwin"):
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def entrance(origin: str, to_open: str | None) -> str:
    """The address that names the first Architect, or signs the known one in."""
    query = f"?open={quote(_located(to_open))}" if to_open else ""
    architect = User.objects.filter(instance_role=ARCHITECT, is_active=True).order_by("pk").first()
    if architect is None:
        return f"{origin}/start/{query}#{accounts.start_link()}"
    return f"{origin}/sign-in/{query}#{accounts.sign_in_link(architect)}"


def _located(place: str) -> str:
    """A path means the same whichever folder the board runs in; a clone address stays as it is."""
    return place if "://" in place or (":" in place and not Path(place).exists()) else str(Path(place).resolve())


def _stop_on_signal() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
