"""The board's MCP server speaks with the client that the protocol's own people make."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from teamboard.runs import actions
from tests import factories
from tests.real_agents.conftest import INSTALLED

CLIENT = Path(__file__).with_name("official_client.py")


@pytest.mark.agents
def test_the_official_client_is_understood(live_server: Any) -> None:
    claim = factories.claim()
    python, token = INSTALLED / "mini" / "bin" / "python", actions.issue_run_token(claim)
    assert python.exists(), f"{python} is not there. Run `make agents`."
    done = subprocess.run(
        [python, CLIENT, f"{live_server.url}/mcp", token], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert len(heard["tools"]) == 7
    assert heard["told"] == [[False, "Noted."], [True, "“note” is empty. Call it again with that put right."]]
    claim.step.run.refresh_from_db()
    assert claim.step.run.activity == "by the book (50 %)"
