"""The door of a sandbox: one endpoint, the key added outside and masked on the way back, tokens counted."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents import Endpoint, Limits, Place, Sandbox
from agents.contract import Usage
from agents.door import Door
from agents.door.counting import Count, Meter
from agents.launching import LAUNCHER
from tests.model_server import ModelServer

ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello [[say Hi.]]"}]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def door(server: ModelServer) -> Iterator[Door]:
    with Door(Endpoint(base_url=f"{server.origin}/v1", api_key=server.key)) as open_door:
        yield open_door


class _Through(http.client.HTTPConnection):
    """A caller that sits in the sandbox, at the end of the socket."""

    def __init__(self, door: Door) -> None:
        super().__init__("inside")
        self._path = str(door.socket)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self._path)


def call(door: Door, path: str, body: Any = ASK, **headers: str) -> tuple[int, str]:
    with closing(_Through(door)) as caller:
        caller.request("POST", path, json.dumps(body), headers or {"Authorization": f"Bearer {door.word}"})
        with caller.getresponse() as answer:
            return answer.status, answer.read().decode()


@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "x-goog-api-key"])
def test_the_key_takes_the_place_of_the_word_in_any_header(door: Door, server: ModelServer, header: str) -> None:
    value = f"Bearer {door.word}" if header == "Authorization" else door.word
    status, text = call(door, "/v1/chat/completions", **{header: value})
    assert (status, server.log.refused) == (200, [])
    assert door.word not in json.dumps(server.log.headers)
    assert "Hi." in text


def test_the_key_may_also_stand_in_the_address(door: Door, server: ModelServer) -> None:
    call(door, f"/v1/models/m:generateContent?key={door.word}", {"contents": []}, X="y")
    assert server.log.refused == []


def test_who_does_not_know_the_word_gets_nothing(door: Door, server: ModelServer) -> None:
    assert call(door, "/v1/chat/completions", Authorization="Bearer tb-run-0")[0] == 401
    assert call(door, "/v1/chat/completions", Accept="*/*")[0] == 401
    assert server.log.headers == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/admin", 403),
        ("/v10/messages", 403),
        ("/v1/../admin", 400),
        ("/v1/%2e%2e/admin", 400),
        ("http://elsewhere.example/v1/messages", 400),
        ("//elsewhere.example/v1/messages", 403),
    ],
)
def test_it_leads_to_one_endpoint_only(door: Door, server: ModelServer, path: str, status: int) -> None:
    assert call(door, path)[0] == status
    assert server.log.headers == []


def test_a_key_that_the_endpoint_repeats_is_masked_on_the_way_back() -> None:
    with ModelServer(leak=True) as server, Door(Endpoint(base_url=server.origin, api_key=server.key)) as door:
        for stream in (False, True):
            status, text = call(door, "/v1/chat/completions", {**ASK, "stream": stream})
            assert status == 200
            assert "The key is [redacted]." in text
            assert server.key not in text


def test_an_endpoint_that_is_not_there_is_said(door: Door) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nowhere = f"127.0.0.1:{taken.getsockname()[1]}"
        with Door(Endpoint(base_url=f"http://{nowhere}", api_key="k" * 20)) as shut:
            status, text = call(shut, "/v1/messages")
    assert status == 502
    assert f"{nowhere} could not be reached" in text
    assert nowhere in shut.problem


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages", ASK),
        ("chat/completions", ASK),
        ("responses", {"model": "m", "input": "Hello"}),
        ("models/m:generateContent", {"contents": []}),
        ("models/m:streamGenerateContent", {"contents": []}),
    ],
)
def test_it_counts_what_the_server_counted(door: Door, server: ModelServer, path: str, body: Any, stream: bool) -> None:
    for _ in range(3):
        assert call(door, f"/v1/{path}", {**body, "stream": stream})[0] == 200
    [usage] = door.tally.take()
    assert replace(usage, model="", written_tokens=0) == Usage(**server.log.usage, counted="door")
    assert (door.tally.requests, door.tally.unpriced, door.tally.take()) == (3, 0, [])


def test_an_answer_without_usage_is_noticed() -> None:
    meter = Meter("application/json")
    meter.feed(b'{"choices": []}')
    assert meter.count() is None


def test_events_are_counted_wherever_the_pieces_are_cut() -> None:
    lines = [
        {
            "type": "message_start",
            "message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 1}},
        },
        {"type": "message_delta", "usage": {"output_tokens": 9}},
    ]
    text = "".join(f"event: x\r\ndata: {json.dumps(line)}\r\n\r\n" for line in lines).encode()
    for cut in range(1, len(text)):
        meter = Meter("text/event-stream")
        for start in range(0, len(text), cut):
            meter.feed(text[start : start + cut])
        assert meter.count() == Count(input=7, output=9, cached=2)


INSIDE = """
import os, socket, sys, urllib.request
from urllib.error import URLError
word = os.environ["WORD"]
request = urllib.request.Request("http://127.0.0.1:8484/v1/chat/completions", sys.stdin.buffer.read())
request.add_header("Authorization", "Bearer " + word)
print(urllib.request.urlopen(request, timeout=20).read().decode())
for address in (("127.0.0.1", int(os.environ["SERVER"])), ("127.0.0.1", 8000), ("1.1.1.1", 53)):
    try:
        socket.create_connection(address, timeout=5)
        print("reached", address)
    except OSError:
        print("shut")
print(sorted(os.environ))
"""


def test_a_sandbox_without_network_reaches_this_and_nothing_else(
    sandbox: Sandbox, place: Place, tmp_path: Path, door: Door, server: ModelServer
) -> None:
    start = tmp_path / "start.json"
    orders = {"doors": {8484: "/run/teamboard/m"}, "files": {"~/a/b": "text"}, "command": ["python3", "-c", INSIDE]}
    start.write_text(json.dumps(orders))
    said: list[str] = []
    port = server.origin.rpartition(":")[2]
    finished = sandbox.run(
        ["python3", "-I", "-S", "/run/l.py", "/run/s.json"],
        Place(work=place.work, home=place.home, tmp=place.tmp, environment={"WORD": door.word, "SERVER": port}),
        Limits(seconds=60),
        extra_ro=[(LAUNCHER, "/run/l.py"), (start, "/run/s.json"), (door.socket, "/run/teamboard/m")],
        stdin=json.dumps(ASK).encode(),
        on_output=lambda line: said.append(line.text),
    )
    text = "\n".join(said)
    assert finished.reason == "", text
    assert "Hi." in text
    assert text.count("shut") == 3
    assert "reached" not in text
    assert server.key not in text
    assert (place.home / "a/b").read_text() == "text"
