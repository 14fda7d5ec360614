"""The outer end of a sandbox's one way out: takes requests from a socket and forwards them to one model endpoint.

The sandbox sends a word that is good for this run only; the key is put in its place here and never enters. A key that
the endpoint repeats in its answer is masked.
"""

import hmac
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from types import TracebackType
from urllib.parse import quote, unquote, urlsplit

from agents.contract import Endpoint
from agents.door.counting import Meter, Tally
from agents.output import Redactor

SECONDS = 600  # a model may think that long before its first byte
BIGGEST_REQUEST = 64 * 1024**2
_CHUNK = 64 * 1024
_KEY_HEADERS = ("authorization", "x-api-key", "x-goog-api-key", "api-key")
_OF_ONE_HOP = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"),
    *("upgrade", "host", "content-length", "accept-encoding", "cookie", "forwarded", "x-forwarded-for"),
}
_MODELS_ANSWER = ("messages", "completions", "responses", "generatecontent")


class Door:
    """A socket for one turn. `word` is what the sandbox sends in place of the key."""

    def __init__(self, endpoint: Endpoint, *, biggest: int = BIGGEST_REQUEST) -> None:
        self.endpoint, self.biggest, self.tally = endpoint, biggest, Tally()
        self.word = f"tb-run-{secrets.token_hex(16)}"
        self.problem = ""  # the last refusal of the endpoint or the way to it, in a sentence
        self._folder = Path(tempfile.mkdtemp(prefix="tb-door-"))
        self.socket = self._folder / "s"
        self._server = _Server(self)

    def __enter__(self) -> "Door":
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="door", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, door: Door) -> None:
        self.door = door
        super().__init__(str(door.socket), _Request)
        os.chmod(door.socket, 0o600)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hangs up is its own matter."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def address_string(self) -> str:
        return "sandbox"

    def log_message(self, format: str, *args: object) -> None:
        """Requests hold words of the user's; nothing of them is logged."""

    def do_GET(self) -> None:
        self._forward()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET

    def _forward(self) -> None:
        door, body = self.server.door, self._body()  # read whole, or the caller never hears why it is refused
        refusal = self._refusal() if body is not None else (400, "The length of the request is not plain.")
        if refusal:
            self._say(*refusal)
            return
        connection = _connection(door.endpoint)
        try:
            connection.request(self.command, self._target(), body=body or None, headers=self._headers())
            answer = connection.getresponse()
        except (OSError, HTTPException) as problem:
            connection.close()
            door.problem = f"{urlsplit(door.endpoint.base_url).netloc} could not be reached: {problem}."
            self._say(502, door.problem)
            return
        with closing(connection):
            self._give_back(answer)

    def _refusal(self) -> tuple[int, str] | None:
        """This endpoint only, and only for who knows the word of this run."""
        path = self.path.partition("?")[0]
        steps = unquote(path).split("/")
        if not path.startswith("/") or ".." in steps or "\\" in path:
            return 400, "Give a plain path."
        if not (path + "/").startswith(self.server.door.endpoint.path + "/"):
            return 403, "This door leads to one model endpoint only."
        return None if self._knows_the_word() else (401, "The word of this run is missing.")

    def _knows_the_word(self) -> bool:
        word = self.server.door.word
        said = [self.headers.get(name, "").removeprefix("Bearer ") for name in _KEY_HEADERS]
        said += [pair.partition("=")[2] for pair in self.path.partition("?")[2].split("&")]
        return any(hmac.compare_digest(one.encode(), word.encode()) for one in said)

    def _with_key(self, text: str) -> str:
        return text.replace(self.server.door.word, self.server.door.endpoint.api_key)

    def _target(self) -> str:
        door = self.server.door
        return self.path.replace(door.word, quote(door.endpoint.api_key, safe=""))

    def _headers(self) -> dict[str, str]:
        kept = {name: self._with_key(value) for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
        return {**kept, "Accept-Encoding": "identity"}

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.server.door.biggest:
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> Iterator[bytes]:
        left = self.server.door.biggest
        while size := int(self.rfile.readline(64).split(b";")[0].strip() or b"0", 16):
            left -= size
            if left < 0:
                raise ValueError("the request is too big")
            yield self.rfile.read(size)
            self.rfile.readline(8)
        self.rfile.readline(8)

    def _give_back(self, answer: HTTPResponse) -> None:
        door = self.server.door
        redactor, meter = Redactor([door.endpoint.api_key]), Meter(answer.getheader("Content-Type", ""))
        self.send_response(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_HOP | {"set-cookie"} and door.endpoint.api_key not in (value or "-"):
                self.send_header(name, value)
        bare = self.command == "HEAD" or answer.status in (204, 304)
        if not bare:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if not bare:
            self._stream(answer, redactor, meter)

    def _stream(self, answer: HTTPResponse, redactor: Redactor, meter: Meter) -> None:
        """Counted before its end is told. One that breaks off breaks off here too: the connection closes."""
        try:
            while chunk := answer.read1(_CHUNK):
                meter.feed(chunk)
                self._chunk(redactor.feed(chunk))
        except HTTPException:
            self.close_connection = True
            return
        finally:
            self._count(answer.status, meter)
        self._chunk(redactor.flush())
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def _count(self, status: int, meter: Meter) -> None:
        door, path = self.server.door, self.path.partition("?")[0].lower()
        if status >= 400:
            door.problem = f"The model endpoint answered {status} {path}."
        elif path.endswith(_MODELS_ANSWER):
            door.tally.add(meter.count())

    def _say(self, status: int, sentence: str) -> None:
        body = sentence.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True


def _connection(endpoint: Endpoint) -> HTTPConnection:
    there = urlsplit(endpoint.base_url)
    kind = HTTPSConnection if there.scheme == "https" else HTTPConnection
    return kind(there.hostname or "", there.port, timeout=SECONDS)
