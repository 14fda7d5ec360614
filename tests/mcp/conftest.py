"""A turn at work with its token, and an agent that calls the board with it."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from teamboard.runs import actions
from teamboard.runs.actions import Claim
from teamboard.runs.models import Run
from tests import factories

Json = dict[str, Any]


@dataclass
class Caller:
    """Speaks the protocol as an agent's program does."""

    token: str
    client: Client = field(default_factory=Client)

    def post(self, body: Any, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.token}", "Accept": "application/json, text/event-stream", **headers}
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post("/mcp", data, content_type="application/json", headers=given)

    def ask(self, method: str, **params: Any) -> Json:
        answer = self.post({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert (told["jsonrpc"], told["id"]) == ("2.0", 7)
        return dict(told)

    def result(self, tool: str, /, **arguments: Any) -> Json:
        return dict(self.ask("tools/call", name=tool, arguments=arguments)["result"])

    def call(self, tool: str, /, **arguments: Any) -> str:
        """What it is told where the call is taken."""
        found = self.result(tool, **arguments)
        assert not found["isError"], found
        return str(found["content"][0]["text"])

    def refused(self, tool: str, /, **arguments: Any) -> str:
        found = self.result(tool, **arguments)
        assert found["isError"], found
        return str(found["content"][0]["text"])


def caller(claim: Claim) -> Caller:
    return Caller(actions.issue_run_token(claim))


@pytest.fixture
def claim(db: None) -> Claim:
    return factories.claim()


@pytest.fixture
def run(claim: Claim) -> Run:
    return claim.step.run


@pytest.fixture
def agent(claim: Claim) -> Caller:
    return caller(claim)
