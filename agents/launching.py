"""How a command is started behind the launcher: which doors lead out of its sandbox, and what is shown for that."""

import json
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.contract import Callback, Place
from agents.sandbox import Sandbox

LAUNCHER = Path(__file__).with_name("launcher.py")
PROXY = Path(__file__).with_name("stdio_proxy.py")
INSIDE = "/run/teamboard"
DOOR_PORT, BOARD_PORT = 8484, 8485


@dataclass(frozen=True, slots=True)
class WayOut:
    """One port inside that leads to one socket of ours."""

    name: str
    port: int
    socket: Path

    def inside(self, sandbox: Sandbox) -> str:
        return f"{INSIDE}/{self.name}.sock" if sandbox.isolates else str(self.socket)


def way_out(name: str, port: int, to: Path, sandbox: Sandbox, place: Place) -> WayOut:
    """In a network of its own every port is free; one that is shared with the host may hold other agents."""
    alone = sandbox.isolates and not place.network
    return WayOut(name, port if alone else _free_port(), to)


def way_back(callback: Callback, sandbox: Sandbox, place: Place) -> WayOut:
    return way_out("board", BOARD_PORT, callback.socket, sandbox, place)


def address(way: WayOut, path: str) -> str:
    return f"http://127.0.0.1:{way.port}{path}"


def callback_variables(callback: Callback, way: WayOut, sandbox: Sandbox) -> dict[str, str]:
    """What an agent finds in its environment to call the board back."""
    return {
        "TEAMBOARD_URL": address(way, callback.path),
        "TEAMBOARD_TOKEN": callback.token,
        "TEAMBOARD_MCP": proxy_inside(sandbox),
    }


def proxy_inside(sandbox: Sandbox) -> str:
    return f"{INSIDE}/{PROXY.name}" if sandbox.isolates else str(PROXY)


def launch(
    command: Sequence[str], place: Place, sandbox: Sandbox, ways: Sequence[WayOut], **orders: Any
) -> tuple[list[str], list[tuple[Path, str]]]:
    """The command line that opens the doors and becomes the command, and what must be shown inside for it."""
    doors = {str(way.port): way.inside(sandbox) for way in ways}
    start = _write_start(place, {"doors": doors, "command": list(command), **orders})
    shown = [(LAUNCHER, f"{INSIDE}/launcher.py"), (start, f"{INSIDE}/start.json"), (PROXY, f"{INSIDE}/{PROXY.name}")]
    shown += [(way.socket, way.inside(sandbox)) for way in ways if sandbox.isolates]
    files = [inside if sandbox.isolates else str(here) for here, inside in shown[:2]]
    return ["python3", "-I", "-S", *files], shown


def _write_start(place: Place, orders: Mapping[str, Any]) -> Path:
    """Beside the folders that the agent can write to, so that no link of an earlier turn can lead us astray."""
    folder = place.work.with_name(place.work.name + ".start")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    file = folder / "start.json"
    file.write_text(json.dumps(orders), encoding="utf-8")
    return file


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
