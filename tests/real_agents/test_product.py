"""Real programs driven through the board: task, run, edit, patch set, feedback, the next patch set, and the bill."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.board_process import BoardProcess
from tests.model_server import ModelServer
from tests.real_agents.walk import PATIENCE, Office

FIRST, SECOND = "[[write hello.py print(1)]]", "[[write second.py print(2)]]"

# One installation each of what is small or quick; the others are driven by `make test-all-agents`.
CI = ("claude", "claude-acp", "mini")
MORE = (
    *("codex", "gemini", "qwen", "opencode", "pi", "cline", "aider"),
    *("codex-acp", "gemini-acp", "qwen-acp", "opencode-acp"),
)
# Mode in which each asks before it writes.
ASKS = {"claude": "default", "claude-acp": "default"}
ASKS_TOO = {"gemini-acp": "default", "qwen-acp": "default", "opencode-acp": "ask"}
RESUMES = ("claude", "claude-acp")
RESUMES_TOO = ("codex", "codex-acp", "gemini", "qwen", "qwen-acp", "opencode", "opencode-acp", "pi", "aider")


CALLS = ("claude", "claude-acp")
CALLS_TOO = ("gemini", "opencode")


def programs(quick: object, more: object) -> pytest.MarkDecorator:
    marked = [pytest.param(kind, marks=pytest.mark.agents) for kind in quick]  # type: ignore[attr-defined]
    marked += [pytest.param(kind, marks=pytest.mark.all_agents) for kind in more]  # type: ignore[attr-defined]
    return pytest.mark.parametrize("kind", marked)


@programs(CI, MORE)
def test_it_writes_a_patch_set_and_another_after_feedback(office: Office, installed, kind: str) -> None:
    installed(kind)
    run = office.start(office.hire(kind), f"Please do this. {FIRST}")
    first = office.until(run, "waiting", patch_sets=1)
    assert office.files(first, 1) == {"hello.py"}
    office.api.post(f"changes/{first['change']}/request-changes", body=f"One more. {SECOND}")
    second = office.until(run, "waiting", patch_sets=2)
    assert office.files(second, 2) == {"hello.py", "second.py"}
    # The bill is what the server counted, and the provider's key went no further than the door.
    assert {name: second["usage"][name] for name in office.server.log.usage} == office.server.log.usage
    assert office.server.log.refused == []
    assert office.holds_the_key() == []
    if kind in (*RESUMES, *RESUMES_TOO) and kind != "gemini-acp":
        assert "begins anew" not in office.told(run)
        assert FIRST in office.server.log.asked[-1].whole  # the same conversation went on


@programs(ASKS, ASKS_TOO)
def test_a_permission_is_asked_and_refused(office: Office, installed, kind: str) -> None:
    installed(kind)
    run = office.start(office.hire(kind, mode={**ASKS, **ASKS_TOO}[kind]), f"Please. {FIRST}")
    asked = office.question(run)
    assert "hello.py" in asked["text"]
    assert (asked["default"], asked["options"]) == ("refuse", ["allow", "refuse"])
    office.api.post(f"runs/{run}/answers", question=asked["id"], option="refuse")
    ended = office.until(run, "failed")
    assert ended["failure"]["code"] == "nothing_done"
    assert ended["change"] is None


@programs(ASKS, ASKS_TOO)
def test_a_permission_that_is_allowed_lets_it_write(office: Office, installed, kind: str) -> None:
    installed(kind)
    run = office.start(office.hire(kind, mode={**ASKS, **ASKS_TOO}[kind]), f"Please. {FIRST}")
    asked = office.question(run)
    office.api.post(f"runs/{run}/answers", question=asked["id"], option="allow")
    assert office.files(office.until(run, "waiting", patch_sets=1), 1) == {"hello.py"}


@programs(CALLS, CALLS_TOO)
def test_it_calls_the_board_back_and_is_answered(office: Office, installed, kind: str) -> None:
    installed(kind)
    orders = '[[board report_progress {"note":"on my way"}]] [[board ask_architect {"question":"Which name?"}]]'
    run = office.start(office.hire(kind), f"Please. {orders} {FIRST}")
    asked = office.question(run)
    assert asked["text"] == "Which name?"
    office.api.until(f"runs/{run}", lambda found: found["parked_at"], PATIENCE)
    office.api.post(f"runs/{run}/answers", question=asked["id"], text="hello")
    assert office.files(office.until(run, "waiting", patch_sets=1), 1) == {"hello.py"}
    assert "The answer: hello" in office.server.log.asked[-1].whole
    calls = [line["event"] for line in office.lines(run) if line.get("event", {}).get("kind") == "call"]
    assert [(call["tool"], call["failed"]) for call in calls] == [("report_progress", False), ("ask_architect", False)]


def processes_of(run: int) -> list[str]:
    """What still runs in the agent's sandbox; the board's own short ones on the same clone have no launcher."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mounts = (folder / "mountinfo").read_text()
        except OSError:
            continue
        if f"/runs/{run}/work" in mounts and "/run/teamboard/launcher.py" in mounts:
            found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


@programs(("claude",), ("claude-acp", *MORE))
def test_it_is_dead_within_five_seconds_of_a_cancel(office: Office, installed, kind: str) -> None:
    installed(kind)
    run = office.start(office.hire(kind), "Think for long. [[slow 120]]")
    end = time.monotonic() + 120
    while not office.server.log.asked:
        assert time.monotonic() < end, office.told(run)
        time.sleep(0.1)
    assert processes_of(run)
    office.api.post(f"runs/{run}/cancel")
    began = time.monotonic()
    while processes_of(run) and time.monotonic() - began < 30:
        time.sleep(0.1)
    assert time.monotonic() - began < 5, processes_of(run)
    assert office.api.get(f"runs/{run}")["state"] == "cancelled"


@programs(("claude-acp",), ("claude", *RESUMES_TOO))
def test_after_a_kill_of_its_worker_the_same_conversation_goes_on(
    office: Office, board: BoardProcess, installed, kind: str
) -> None:
    installed(kind)
    run = office.start(office.hire(kind), f"Please. [[slow 3]] [[run true]] [[run true]] {FIRST}")
    end = time.monotonic() + 120
    while len(office.server.log.asked) < 2:
        assert time.monotonic() < end, office.told(run)
        time.sleep(0.1)
    os.kill(board.children()["agents"], signal.SIGKILL)
    done = office.until(run, "waiting", patch_sets=1)
    assert office.files(done, 1) == {"hello.py"}
    again = next(one for one in office.server.log.asked if "You were interrupted" in one.whole)
    assert "tool_result" in again.whole or "tool" in again.whole  # what it had done is in the conversation


@programs(("claude-acp",), ("claude", *MORE))
def test_it_is_ready_when_it_was_tried(office: Office, installed, kind: str) -> None:
    installed(kind)
    with ModelServer(otherwise="[[write hello.txt ready]]") as server:
        here = office.with_server(server)
        tried = here.tried(here.hire(kind))
    assert tried["result"] == "ready", tried
    assert tried["seen"]["edit"]
    assert tried["seen"]["usage"]
    assert tried["version"] or kind in ("opencode", "opencode-acp")
