"""A whole board: an agent in its sandbox asks and is answered; the address keeps the rules of every other."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.board_process import BoardProcess
from tests.journey import sample
from tests.journey.conftest import QUICK, Room

SCRIPT = """
[[step]]
call = { tool = "ask_architect", arguments = { question = "Which word?", options = ["cash", "money"] } }
[[step]]
call = { tool = "suggest_task", arguments = { title = "Round everywhere" } }
[[step]]
write = { path = "word.txt", content = "{answer}\\n" }
"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    with BoardProcess(tmp_path_factory.mktemp("board") / "data", env=QUICK) as process:
        yield process


def test_an_agent_without_a_network_asks_and_goes_on_with_the_answer(board: BoardProcess, tmp_path: Path) -> None:
    room = Room.open(board.api(), sample.make(tmp_path / "money"))
    agent = room.api.post(f"projects/{room.pk}/agents", name="Alder", kind="scripted", script=SCRIPT)
    task = room.api.post(f"projects/{room.pk}/tasks", title="Choose a word")
    run = room.api.post(f"tasks/{task['id']}/runs", agent=agent["id"])["id"]
    room.api.until(f"runs/{run}", lambda found: found["parked_at"], 120)
    asks = {item["kind"]: item for item in room.api.get("attention")["items"]}
    assert asks["question"]["options"] == ["cash", "money"]
    assert asks["suggestion"]["ask"] == "Round everywhere"
    room.api.post(f"runs/{run}/answers", question=asks["question"]["question"], option="money")
    done = room.api.until(f"runs/{run}", lambda found: found["change"], 120)
    files = room.api.get(f"changes/{done['change']}/diff?patch_set=1")["files"]
    word = next(file for file in files if file["path"] == "word.txt")
    assert [line["text"] for hunk in word["hunks"] for line in hunk["lines"]] == ["money"]
    assert [one["title"] for one in room.api.get(f"projects/{room.pk}/tasks")] == ["Choose a word"]
    logs = "".join(file.read_text(errors="replace") for file in (board.data / "logs").glob("*.log"))
    assert "tb-run-" not in logs


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/mcp", {}, 401),
        ("/mcp", {"Authorization": "Bearer guess"}, 401),
        ("/mcp", {"Host": "evil.example"}, 421),
        ("/mcp", {"Host": "localhost:1"}, 421),
        ("/mcp", {"Origin": "https://evil.example"}, 403),
        ("/mcp", {"Origin": "null"}, 403),
        ("/mcp/", {}, 404),
    ],
)
def test_it_answers_at_the_boards_own_address_alone(
    board: BoardProcess, path: str, headers: dict[str, str], status: int
) -> None:
    there = urlsplit(board.origin)
    connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=30)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    assert (answer.status, b"report_progress" in answer.read()) == (status, False)
    connection.close()
