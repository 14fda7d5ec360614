"""Agents in a sandbox without a network call the board over real sockets, and are answered."""

import json
import socket
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any
from unittest.mock import ANY

import pytest

from agents.contract import Endpoint
from agents.door import Door
from teamboard.board.models import Task
from teamboard.pipeline.callbacks import BIGGEST
from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.journal import Journal
from teamboard.runs.models import Question, Run
from tests import factories
from tests.pipeline.conftest import Start, drive, project, repo, start

__all__ = ["project", "repo", "start"]

ASKS = """
[[step]]
call = { tool = "report_progress", arguments = { note = "reading", percent = 10 } }
[[step]]
call = { tool = "ask_architect", arguments = { question = "Which name?", options = ["sub", "minus"] } }
[[step]]
call = { tool = "suggest_task", arguments = { title = "Multiply too" } }
[[step]]
call = { tool = "merge_it", arguments = {} }
[[step]]
write = { path = "name.txt", content = "{answer}\\n" }
"""

# What a shell can do with nothing but the three variables that it finds.
SHELL = """
say() { printf '%s\\n' "$1" | python3 -I -S "$TEAMBOARD_MCP"; }
call() { say '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"'$1'","arguments":'"$2"'}}'; }
say '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}'
say '{"jsonrpc":"2.0","method":"notifications/initialized"}'
call report_progress '{"note":"from a shell"}'
call read_task '{}' > task.json
echo "its word is $TEAMBOARD_TOKEN"
python3 - "$TEAMBOARD_URL" <<'END'
import sys, urllib.request, urllib.error
for path in ("", "/", "/api/v1/health", "/mcp/../api/v1/health", "/mcpx", "/mcp/%2e%2e/sign-in/"):
    try:
        told = urllib.request.urlopen(sys.argv[1].removesuffix("/mcp") + path, timeout=20).status
    except urllib.error.HTTPError as error:
        told = error.code
    print("asked for", path, "and got", told)
END
"""


@pytest.fixture(autouse=True)
def served(live_server: Any, settings: Any) -> None:
    settings.ORIGIN = live_server.url


def output(run: Run) -> list[dict[str, Any]]:
    return Journal(run.pk).read(0).lines


def calls_in(run: Run) -> list[tuple[str, bool]]:
    """As the run's output shows them."""
    events = [line.get("event") or {} for line in output(run)]
    return [(event["tool"], event["failed"]) for event in events if event.get("kind") == "call"]


def test_it_asks_ends_its_turn_and_goes_on_with_the_answer(start: Start) -> None:
    run = drive(start(ASKS))
    assert (run.state, run.waiting_for) == ("waiting", "question"), [line["text"] for line in output(run)]
    assert run.parked_at is not None  # and no process waits with it
    assert calls_in(run) == [
        ("report_progress", False),
        ("ask_architect", False),
        ("suggest_task", False),
        ("merge_it", True),
    ]
    actions.answer(Question.objects.get(run=run), "minus", by=factories.ada())
    run = drive(run)
    assert (run.state, run.waiting_for) == ("waiting", "review"), run.failure_detail
    head = run.patch_sets.get().head_sha
    assert stores(run.project_id).blob(head, "name.txt") == b"minus\n"
    assert run.suggested_tasks.get().state == "open"
    assert not Task.objects.exclude(pk=run.task_id).exists()


def test_a_command_finds_what_it_needs_and_reaches_nothing_else(start: Start) -> None:
    run = drive(start(command=["/bin/sh", "-c", SHELL]))
    said = "\n".join(line["text"] for line in output(run))
    assert (run.state, run.waiting_for) == ("waiting", "review"), said
    assert '"serverInfo"' in said
    assert [call.tool for call in run.calls.all()] == ["report_progress", "read_task"]
    for path in ("", "/", "/api/v1/health", "/mcp/../api/v1/health", "/mcpx", "/mcp/%2e%2e/sign-in/"):
        assert f"asked for {path} and got 40" in said, said
    assert "got 200" not in said
    assert "tb-run-" not in said  # its word is masked like any secret


def through(door: Door, body: bytes) -> tuple[int, str]:
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(30)
        one.connect(str(door.socket))
        head = f"POST /mcp HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {door.word}\r\n"
        with suppress(OSError):  # refused before all of it is read
            one.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        answer = HTTPResponse(one)
        answer.begin()
        return answer.status, answer.read().decode()


def test_the_door_passes_a_word_for_the_token_and_no_flood(live_server: Any) -> None:
    token = actions.issue_run_token(factories.claim())
    with Door(Endpoint(base_url=f"{live_server.url}/mcp", api_key=token), biggest=BIGGEST) as door:
        assert through(door, b'{"jsonrpc":"2.0","id":1,"method":"ping"}') == (200, ANY)
        assert through(door, b"[" * 70_000)[0] == 413
        assert through(door, b"[" * (BIGGEST + 1))[0] == 400
        said = through(door, json.dumps({"jsonrpc": "2.0", "id": token, "method": "ping"}).encode())
        assert token not in said[1]  # what the board would repeat is masked on the way in
