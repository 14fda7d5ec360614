"""What goes over the wire: the handshake, the list of tools, and a sentence for everything else."""

import json
from typing import Any

import pytest

from teamboard.mcp import door, protocol
from teamboard.runs.models import AgentCall, Run
from tests.mcp.conftest import Caller

SEVEN = {
    *("report_progress", "ask_architect", "read_task", "read_threads", "reply_thread", "request_review"),
    "suggest_task",
}


def test_the_handshake(agent: Caller) -> None:
    told = agent.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "t"})["result"]
    assert (told["protocolVersion"], told["serverInfo"]["name"]) == ("2025-06-18", "teamboard")
    assert told["capabilities"] == {"tools": {"listChanged": False}}
    assert agent.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    assert agent.ask("ping")["result"] == {}


def test_an_unknown_version_is_answered_with_ours(agent: Caller) -> None:
    assert agent.ask("initialize", protocolVersion="1999-01-01")["result"]["protocolVersion"] == protocol.VERSIONS[0]


def test_seven_tools_and_nothing_else(agent: Caller) -> None:
    told = agent.ask("tools/list")["result"]["tools"]
    assert {tool["name"] for tool in told} == SEVEN
    for tool in told:
        assert tool["description"]
        assert tool["inputSchema"]["type"] == "object"
        assert set(tool["inputSchema"]["required"]) <= tool["inputSchema"]["properties"].keys()


@pytest.mark.parametrize("method", ["resources/list", "prompts/get", "sampling/createMessage", "tools/other", ""])
def test_another_method_is_not_known(agent: Caller, method: str) -> None:
    assert agent.ask(method)["error"]["code"] == -32601


def test_an_unknown_tool_is_told_which_there_are(agent: Caller, run: Run) -> None:
    error = agent.ask("tools/call", name="approve_change\u202e", arguments={})["error"]
    assert error["code"] == -32602
    assert "report_progress" in error["message"]
    row = AgentCall.objects.get(run=run)
    assert (row.tool, row.refused) == ("approve_change⟦U+202E⟧", True)


@pytest.mark.parametrize(
    "body",
    [[], [{"jsonrpc": "2.0", "id": 1, "method": "ping"}], 5, "text", {"id": 1, "method": "ping"},
     {"jsonrpc": "2.0", "id": True, "method": "ping"}, {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}],
)  # fmt: skip
def test_what_is_no_request_gets_a_sentence(agent: Caller, body: Any) -> None:
    answer = agent.post(json.dumps(body))
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32600)


@pytest.mark.parametrize("body", ["", "{", "[" * 60_000, b"\xff\xfe", "1" * 6000])
def test_what_is_no_json_gets_one_too(agent: Caller, body: str | bytes) -> None:
    answer = agent.post(body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "This is not JSON.")


def test_a_megabyte_is_refused_before_it_is_read(agent: Caller, run: Run) -> None:
    answer = agent.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"x": "x" * 1_000_000}})
    assert answer.status_code == 413
    assert f"{door.BIGGEST:,}" in answer.json()["error"]["message"]
    assert not run.calls.exists()


@pytest.mark.parametrize("method", ["get", "delete", "put", "patch"])
def test_it_takes_posts_alone(agent: Caller, method: str) -> None:
    answer = getattr(agent.client, method)("/mcp", headers={"Authorization": f"Bearer {agent.token}"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_a_version_that_nobody_speaks_is_refused(agent: Caller) -> None:
    answer = agent.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, **{"MCP-Protocol-Version": "3000-01-01"})
    assert answer.status_code == 400
    assert protocol.VERSIONS[0] in answer.json()["error"]["message"]
