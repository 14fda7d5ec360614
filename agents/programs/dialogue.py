"""One turn of a program as it talks and is talked to, line by line. It knows no process, so a transcript drives it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from agents.contract import AgentEvent, Edit, Message, OutputLine, ToolCall, Usage

LONGEST_SHOWN = 16_000
LONGEST_WORD = 100_000  # the kernel takes no longer word of a command line
_CUT_AT = 64 * 1024  # a longer line arrives in pieces
_LONGEST_LINE = 32 * 1024**2
# What a message of another shape than the program's own leads to, wherever it is looked into.
_ODD = (AttributeError, TypeError, KeyError, IndexError, ValueError, RecursionError)

Send = Callable[[Mapping[str, Any]], None]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a program is started with. `url` and `word` are its model as it is reached inside; `session` is the
    conversation to go on with; `callback` the board's address inside with the run's token."""

    program: tuple[str, ...]
    text: str
    url: str = ""
    word: str = ""
    model: str = ""
    mode: str = ""
    session: str = ""
    work: str = "/work"
    home: str = "/home/agent"
    callback: tuple[str, str] | None = None
    proxy: str = ""  # the board as an MCP server by stdio, for a program that takes no other
    before: Usage = field(default_factory=Usage)  # what the conversation had used up before this turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """How the program is called: argv, environment, files of its home, commands that go first, and its input."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    files: Mapping[str, str]
    before: tuple[tuple[str, ...], ...] = ()
    stdin: str | None = None  # None: the dialogue keeps the input open and writes lines
    client_files: bool = False  # it writes through its client (ACP), which happens inside


class Dialogue:
    """The base: a program that prints JSON lines and takes no more input than its brief."""

    def __init__(self, setting: Setting, send: Send) -> None:
        self.setting, self.send = setting, send
        self.session = ""
        self.over = False  # the turn is done; the program may end
        self.total: Usage | None = None  # what the conversation has used up, where the program tells that
        self.session_lost = False  # it does not know the conversation that it should go on with
        self.problem: tuple[str, str] | None = None  # (code, sentence), whatever the exit status says
        self._piece = ""

    def begin(self) -> None:
        """What is said first."""

    def hear(self, line: str) -> Iterator[AgentEvent]:
        """The events in one line of standard output."""
        message = self._parsed(line)
        if message is None:
            return
        if isinstance(message, str):
            yield OutputLine(stream="stdout", text=message)
            return
        try:
            yield from self.told(message)
        except _ODD:
            yield OutputLine(stream="stdout", text=clip(line))  # not in the shape that this program's lines have

    def told(self, message: Json) -> Iterable[AgentEvent]:
        return ()

    def idle(self) -> Iterable[AgentEvent]:
        """Nothing was said for a moment."""
        return ()

    def end(self) -> Iterable[AgentEvent]:
        """The program has ended; what was still held back."""
        return ()

    def steer(self, text: str) -> bool:
        return False

    def answer(self, key: str, text: str) -> bool:
        return False

    @property
    def waiting(self) -> bool:
        """A person is asked; silence is not idleness."""
        return False

    def _parsed(self, line: str) -> Json | str | None:
        """A JSON object, or the plain line; None for a piece of a longer one."""
        text = self._piece + line
        if text.startswith("{"):
            with suppress(ValueError, RecursionError):
                found = json.loads(text)
                self._piece = ""
                return found if isinstance(found, dict) else text
            if len(line) >= _CUT_AT and len(text) < _LONGEST_LINE:
                self._piece = text
                return None
        self._piece = ""
        return text[:LONGEST_SHOWN]


class Calls:
    """Tool calls are told twice, begun and done; the second time their name and arguments are remembered."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[str, str]] = {}

    def begin(self, call: str, tool: str, arguments: object) -> ToolCall:
        shown = shown_arguments(arguments)
        self._begun[call] = (tool, shown)
        return ToolCall(call=call, tool=tool, arguments=shown)

    def done(self, call: str, result: object, *, failed: bool = False) -> ToolCall:
        tool, arguments = self._begun.get(call, ("tool", ""))
        return ToolCall(call=call, tool=tool, arguments=arguments, result=shown_text(result), failed=failed)

    def tool(self, call: str) -> str:
        return self._begun.get(call, ("", ""))[0]


def shown_arguments(arguments: object) -> str:
    """A single word says more alone than inside JSON."""
    if isinstance(arguments, str):
        return clip(arguments)
    if isinstance(arguments, dict):
        if len(arguments) == 1 and isinstance(only := next(iter(arguments.values())), str):
            return clip(only)
        return clip(json.dumps(arguments, ensure_ascii=False)) if arguments else ""
    return "" if arguments is None else clip(json.dumps(arguments, ensure_ascii=False))


def shown_text(result: object) -> str:
    """Text of a result however it is wrapped: a string, a list of text blocks, anything else as JSON."""
    if isinstance(result, str):
        return clip(result)
    if isinstance(result, list):
        return clip("\n".join(shown_text(part) for part in result))
    if isinstance(result, dict):
        inner = next((result[name] for name in ("text", "content", "output") if name in result), None)
        return shown_text(inner) if inner is not None else clip(json.dumps(result, ensure_ascii=False))
    return "" if result is None else str(result)


def clip(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + f"… ({len(text):,} letters)"


def said(text: object, *, thought: bool = False) -> Iterator[Message]:
    if isinstance(text, str) and text.strip():
        yield Message(text=text.strip("\n"), thought=thought)


def edited(path: object, work: str, diff: str = "") -> Iterator[Edit]:
    """Paths inside the clone are told relative to it."""
    if isinstance(path, str) and path:
        yield Edit(path=path.removeprefix(work.rstrip("/") + "/"), diff=clip(diff))


def number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
