"""What real programs said once, played to their adapters: no program is needed, and each version's words are kept.

A line is what the program told, what the board sent to it, or its exit status. Recorded against tests/model_server.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents import AgentEvent, Edit, Message, OutputLine, PermissionAsked, ToolCall, Usage
from agents.programs.dialogue import Dialogue, Setting
from agents.programs.table import PROGRAMS

FOLDER = Path(__file__).with_name("transcripts")
DONE = "Done: the scripted model wrote what it was told."
# Programs that say what they used; the others are counted at the door alone.
TELLS_USAGE = {"claude", "codex", "gemini", "opencode", "pi", "cline", "qwen", "claude-acp", "codex-acp"}


@dataclass
class Played:
    dialogue: Dialogue
    events: list[AgentEvent] = field(default_factory=list)
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def words(self) -> str:
        return "\n".join([*(one.text for one in self.of(Message)), *(one.text for one in self.of(OutputLine))])


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def play(name: str, *, answer: str = "allow") -> Played:
    kind, _, rest = name.partition(".")
    lines = lines_of(name)
    told = [line["sent"] for line in lines if "sent" in line]
    played = Played(None)  # type: ignore[arg-type]
    setting = Setting(program=(kind,), **_given(told, PROGRAMS[kind].modes[0], resumed=rest == "resumed"))
    played.dialogue = PROGRAMS[kind].dialogue(setting, played.sent.append)
    played.dialogue.begin()
    for line in lines:
        if "told" in line:
            for event in played.dialogue.hear(line["told"]):
                played.events.append(event)
                if isinstance(event, PermissionAsked):
                    assert played.dialogue.answer(event.key, answer)
    played.events += played.dialogue.end()
    assert [json.loads(json.dumps(one)) for one in played.sent] == told
    return played


def _given(sent: list[dict[str, Any]], mode: str, *, resumed: bool) -> dict[str, str]:
    """What the board was set to when it sent this."""
    found = {"text": "", "mode": mode}
    for message in sent:
        params = message.get("params") or {}
        parts = params.get("prompt") or (message.get("message") or {}).get("content") or [{}]
        found["text"] = found["text"] or parts[0].get("text", "")
        found["mode"] = params.get("modeId") or found["mode"]
        if resumed and message.get("method") == "session/load":
            found["session"] = params["sessionId"]
    return found


NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def test_every_program_of_the_table_has_a_transcript() -> None:
    assert set(PROGRAMS) - {"acp"} == {name for name in NAMES if "." not in name}


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith(".refused")])
def test_a_turn_is_understood_to_its_end(name: str) -> None:
    played = play(name)
    kind = name.partition(".")[0]
    file = "second.py" if name.endswith(".resumed") else "hello.py"
    assert played.dialogue.problem is None
    assert file in str(played.events)
    if kind not in ("aider", "mini"):
        assert DONE in [one.text for one in played.of(Message)]
        assert any(call.result is not None and not call.failed for call in played.of(ToolCall))
        assert played.dialogue.session


@pytest.mark.parametrize("kind", sorted(set(PROGRAMS) - {"acp", "codex", "codex-acp", "mini"}))
def test_an_edit_is_told_relative_to_the_clone(kind: str) -> None:
    assert "hello.py" in [one.path for one in play(kind).of(Edit)]


@pytest.mark.parametrize("kind", sorted(TELLS_USAGE))
def test_usage_is_what_two_answers_cost(kind: str) -> None:
    told = play(kind).of(Usage)
    total = {
        name: sum(getattr(one, name) for one in told) for name in ("input_tokens", "output_tokens", "cached_tokens")
    }
    assert total == {"input_tokens": 320, "output_tokens": 50, "cached_tokens": 66}


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".refused")])
def test_a_refused_permission_is_a_failed_call_and_no_edit(name: str) -> None:
    played = play(name, answer="refuse")
    assert played.of(PermissionAsked)
    assert not played.of(Edit)
    # Gemini and Qwen never tell of the call that was refused.
    assert any(call.failed for call in played.of(ToolCall)) or name.startswith(("gemini", "qwen"))


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".resumed")])
def test_the_history_that_a_loaded_session_replays_is_not_told_again(name: str) -> None:
    played = play(name)
    assert "hello.py" not in str(played.of(Edit))
    assert [one.text for one in played.of(Message)].count(DONE) == 1


# Traps


def dialogue(kind: str, **fields: Any) -> Played:
    played = Played(None)  # type: ignore[arg-type]
    setting = Setting(program=(kind,), text="Go", **{"mode": PROGRAMS[kind].modes[0], **fields})
    played.dialogue = PROGRAMS[kind].dialogue(setting, played.sent.append)
    return played


def test_codex_tells_a_running_total_and_the_turn_is_charged_the_difference() -> None:
    line = (
        '{"type": "turn.completed", "usage": {"input_tokens": 640, "cached_input_tokens": 132, "output_tokens": 100}}'
    )
    second = dialogue("codex", before=Usage(input_tokens=320, output_tokens=50, cached_tokens=66)).dialogue
    assert list(second.hear(line)) == [Usage(input_tokens=320, output_tokens=50, cached_tokens=66)]
    assert second.total == Usage(input_tokens=640, output_tokens=100, cached_tokens=132)


def test_a_mode_that_is_not_honoured_is_said() -> None:
    claude = dialogue("claude", mode="plan").dialogue
    (said,) = claude.hear('{"type": "system", "subtype": "init", "session_id": "s", "permissionMode": "default"}')
    assert said == OutputLine(stream="board", text="It works in the mode default, not plan as asked.")


def test_a_denied_edit_is_no_success_only_because_the_program_says_so() -> None:
    denied = {"type": "result", "subtype": "success", "permission_denials": [{"tool_name": "Write"}]}
    events = list(dialogue("claude").dialogue.hear(json.dumps(denied)))
    assert OutputLine(stream="board", text="It was not allowed: Write.") in events


def test_an_agent_that_calls_its_clients_file_methods_is_told_no() -> None:
    """Nothing is written outside of the sandbox for it."""
    played = dialogue("opencode-acp")
    ask = {"jsonrpc": "2.0", "id": 9, "method": "fs/write_text_file", "params": {"path": "/work/x", "content": "x"}}
    assert list(played.dialogue.hear(json.dumps(ask))) == []
    assert played.sent[0]["id"] == 9
    assert "error" in played.sent[0]


def test_a_line_that_came_in_pieces_is_one_message() -> None:
    text = "x" * 200_000
    line = json.dumps({"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}})
    claude = dialogue("claude").dialogue
    pieces = [line[:70_000], line[70_000:140_000], line[140_000:]]
    assert [event for piece in pieces for event in claude.hear(piece)] == [Message(text=text)]
