"""The outermost layer: only the board's exact addresses are answered, for pages and sockets alike (D29).

An exact list is what stops another port on this machine, a rebound DNS name and a foreign page from talking to us.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PORTS = {"http": 80, "https": 443}
CODES = {421: "wrong_address", 403: "foreign_origin"}


def host_of(origin: str) -> tuple[str, int]:
    parts = urlsplit(origin)
    return (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)


class OriginGuard:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if said_twice(scope["headers"]):
            await answer(send, scope, 400, "A request says once where it goes and where it comes from.")
        elif moved := canonical(scope, headers):
            await answer(send, scope, 308, "The board is at another address.", location=moved)
        elif not known_host(headers):
            await answer(send, scope, 421, f"This is not an address of the board. Open {settings.ORIGIN} instead.")
        elif not known_origin(scope, headers):
            await answer(send, scope, 403, "Requests from other sites are refused.")
        else:
            await self.app(scope, receive, send)


def said_twice(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whoever reads the first one and whoever reads the last one would see different requests."""
    names = [name for name, _ in headers]
    return names.count(b"host") > 1 or names.count(b"origin") > 1


def _host(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"host", b"").decode("latin-1").lower()


def known_host(headers: dict[bytes, bytes]) -> bool:
    host = _host(headers)
    return any(host in _spellings(origin) for origin in settings.ORIGINS)


def _spellings(origin: str) -> set[str]:
    """A browser leaves the usual port out, a script may write it."""
    name, port = host_of(origin)
    name = f"[{name}]" if ":" in name else name
    usual = PORTS.get(urlsplit(origin).scheme) == port
    return {f"{name}:{port}", name} if usual else {f"{name}:{port}"}


def known_origin(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """A browser names the page's origin on every socket and every write; scripts name none and bring a token."""
    origin = headers.get(b"origin")
    if origin is None:
        return scope["type"] == "http" or b"authorization" in headers
    return origin.decode("latin-1").lower() in settings.ORIGINS


def canonical(scope: Scope, headers: dict[bytes, bytes]) -> str | None:
    """Where to go instead, for a GET to localhost: cookies and the exact checks know one name only."""
    name, port = host_of(settings.ORIGIN)
    reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    if not reads or name == "localhost" or _host(headers) != f"localhost:{port}":
        return None
    query = scope["query_string"].decode("latin-1")
    path = scope.get("raw_path") or scope["path"].encode()
    return f"{settings.ORIGIN}{path.decode('latin-1')}{'?' if query else ''}{query}"


def written(scope: Scope, status: int, sentence: str) -> tuple[bytes, bytes]:
    """Below /api/ in the one shape of its errors, elsewhere as a line of text."""
    if not scope["path"].startswith("/api/") or status not in CODES:
        return b"text/plain; charset=utf-8", f"{sentence}\n".encode()
    error = {"error": {"code": CODES[status], "message": sentence, "details": {}}}
    return b"application/json", json.dumps(error).encode()


async def answer(send: Send, scope: Scope, status: int, sentence: str, location: str = "") -> None:
    kind = "http.response" if scope["type"] == "http" else "websocket.http.response"
    kind_of_text, body = written(scope, status, sentence)
    headers = [(b"content-type", kind_of_text), (b"content-length", str(len(body)).encode())]
    if location:
        headers.append((b"location", location.encode("latin-1")))
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
