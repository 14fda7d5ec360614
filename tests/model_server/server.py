"""The stand-in as a server: it holds callers to its key, does what the script says and keeps count."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.model_server import dialects
from tests.model_server.script import Answer, Asked, answer

KEY = "sk-model-server-4f1c0e77"


@dataclass
class Log:
    """What came in and what was answered."""

    asked: list[Asked] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def count(self) -> None:
        self.input_tokens += dialects.INPUT
        self.output_tokens += dialects.OUTPUT
        self.cached_tokens += dialects.CACHED

    @property
    def usage(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("input_tokens", "output_tokens", "cached_tokens")}


class ModelServer:
    """A context: `origin` is where it listens, `log` what it saw. `leak` makes it repeat its key in answers;
    `otherwise` are the orders where a text has none."""

    def __init__(self, key: str = KEY, *, leak: bool = False, otherwise: str = "") -> None:
        self.key, self.leak, self.otherwise, self.log = key, leak, otherwise, Log()
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.stand_in = self  # type: ignore[attr-defined]
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "ModelServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def stand_in(self) -> ModelServer:
        return self.server.stand_in  # type: ignore[attr-defined,no-any-return]

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._json({})

    def do_GET(self) -> None:
        if not self._may():
            return
        models = [{"id": "scripted-1", "object": "model", "created": 1, "owned_by": "tests"}]
        self._json({"object": "list", "models": [], "data": models} if "models" in self.path else {})

    def do_POST(self) -> None:
        body = self._body()
        if not self._may():
            return
        path = self.path.partition("?")[0].lower()
        if path.endswith(("count_tokens", ":counttokens")):
            self._json({"input_tokens": 10, "totalTokens": 10})
            return
        dialect = next((one for one in dialects.DIALECTS if path.endswith(one.ends)), None)
        if dialect is None:
            self._json({"error": {"message": "not found"}}, 404)
            return
        asked = dialect.read(body)
        asked.stream, asked.whole = asked.stream or "stream" in path, json.dumps(body)
        self.stand_in.log.asked.append(asked)
        self._answer(dialect, asked, answer(asked, self.stand_in.otherwise))

    def _answer(self, dialect: Any, asked: Asked, said: Answer) -> None:
        if said.status != 200:
            self._json({"error": {"type": "scripted", "message": "as ordered"}}, said.status)
            return
        self.stand_in.stopped.wait(said.seconds)
        if self.stand_in.leak and said.text:
            said = Answer(text=f"{said.text} The key is {self.stand_in.key}.")
        self.stand_in.log.count()
        if not asked.stream:
            self._json(dialect.whole(asked, said))
            return
        self._stream(dialect, asked, said)

    def _stream(self, dialect: Any, asked: Asked, said: Answer) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for name, data in dialect.events(asked, said):
            text = data if isinstance(data, str) else json.dumps(data)
            self.wfile.write((f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode())
            self.wfile.flush()

    def _may(self) -> bool:
        """Only with the key, wherever the dialect puts it."""
        self.stand_in.log.headers.append(dict(self.headers.items()))
        given = [self.headers.get(name, "") for name in ("authorization", "x-api-key", "x-goog-api-key")]
        if (
            any(one.removeprefix("Bearer ") == self.stand_in.key for one in given)
            or f"key={self.stand_in.key}" in self.path
        ):
            return True
        self.stand_in.log.refused.append(f"{time.time()} {self.command} {self.path}")
        self._json({"error": {"type": "authentication_error", "message": "Wrong key."}}, 401)
        return False

    def _body(self) -> dict[str, Any]:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            found = json.loads(raw or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _json(self, body: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)
