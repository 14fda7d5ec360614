"""Plays a TOML script as a real process in the sandbox: for the demo, for tests and for load."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.command import Turn
from agents.contract import (
    AgentConfig,
    AgentEvent,
    Brief,
    Claim,
    Edit,
    Finished,
    Limits,
    Message,
    OutputLine,
    PermissionAsked,
    Place,
    Plan,
    Question,
    ThreadReply,
    ToolCall,
    Usage,
)
from agents.launching import callback_variables, launch, way_back
from agents.process import Child, Unstartable
from agents.sandbox import Sandbox, toolchain

PROGRAM = Path(__file__).with_name("scripted_agent.py")
_PROGRAM_INSIDE = "/run/teamboard/scripted_agent.py"
VERBS = frozenset(
    ("say", "think", "write", "delete", "patch", "run", "commit", "sleep", "ask", "permission", "reply", "call")
)
VERBS |= {"claim", "plan", "usage", "flood", "crash", "when", "replace"}


# How the board tells what was asked in an earlier turn; a script that plays again does not ask that twice.
_ANSWERED = re.compile(r"^You asked: (.*)\nThe answer: (.*)$", re.MULTILINE)


class BadScript(ValueError):
    """The script cannot be played; the text says which line or step."""


def steps_of(script: str, round_number: int, title: str = "") -> list[dict[str, Any]]:
    """The steps of one turn. `script` is TOML, or the path of a file with it.

    A script for several tasks has a `[[for]]` for each, chosen by how the task's title begins.
    """
    if "\n" not in script and script.endswith(".toml"):
        script = Path(script).read_text(encoding="utf-8")
    try:
        parsed = tomllib.loads(script)
    except tomllib.TOMLDecodeError as problem:
        raise BadScript(f"The script is not TOML: {problem}.") from problem
    parsed = next((part for part in parsed.get("for", []) if title.startswith(part["title"])), parsed)
    part = parsed if round_number <= 1 else parsed.get("feedback", {})
    steps = part.get("step", [])
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise BadScript("A script is a list of [[step]] tables.")
    for number, step in enumerate(steps, 1):
        unknown = set(step) - VERBS
        if unknown:
            raise BadScript(f"Step {number} has the unknown verb {min(unknown)!r}. Known: {', '.join(sorted(VERBS))}.")
    return list(steps)


class ScriptedRunner:
    """One object for one turn, like every runner."""

    def __init__(self, config: AgentConfig, sandbox: Sandbox) -> None:
        self._config, self._sandbox = config, sandbox
        self._turn = Turn()
        self._waiting: dict[str, str] = {}

    def work(self, brief: Brief, place: Place, limits: Limits) -> Iterator[AgentEvent]:
        try:
            child = self._start(brief, place, limits)
        except (BadScript, OSError, LookupError) as problem:
            yield Finished(exit_code=None, reason="agent_missing", detail=str(problem))
            return
        except Unstartable as problem:
            yield problem.finished
            return
        for event in self._turn.events(child):
            if isinstance(event, OutputLine) and event.stream == "stdout":
                yield from self._understood(event.text)
            else:
                yield event

    def steer(self, text: str) -> bool:
        return self._tell({"steer": text})

    def answer(self, key: str, text: str) -> bool:
        if self._waiting.pop(key, None) is None:
            return False
        if self._turn.child:
            self._turn.child.wait_for_person(bool(self._waiting))
        return self._tell({"key": key, "answer": text})

    def cancel(self) -> None:
        self._turn.cancel()

    def _start(self, brief: Brief, place: Place, limits: Limits) -> Child:
        steps = steps_of(self._config.script, brief.round, brief.title)
        feedback = [thread.thread for thread in brief.feedback]
        job = {"steps": steps, "feedback": feedback, "answers": dict(_ANSWERED.findall(brief.message))}
        program = _PROGRAM_INSIDE if self._sandbox.isolates else str(PROGRAM)
        place = replace(place, read_only=(*place.read_only, *toolchain("python")))
        argv, place, shown = self._calling(["python3", "-I", "-S", program], place, steps)
        return self._sandbox.spawn(
            argv,
            place,
            limits,
            extra_ro=[(PROGRAM, _PROGRAM_INSIDE), *shown],
            stdin=json.dumps(job).encode() + b"\n",
            keep_stdin=True,
            secrets=self._config.secrets,
        )

    def _calling(
        self, argv: list[str], place: Place, steps: list[dict[str, Any]]
    ) -> tuple[list[str], Place, list[tuple[Path, str]]]:
        """Behind the launcher where the script calls the board back."""
        callback = self._config.callback
        if callback is None or not any("call" in step for step in steps):
            return argv, place, []
        way = way_back(callback, self._sandbox, place)
        variables = callback_variables(callback, way, self._sandbox)
        place = replace(place, environment={**place.environment, **variables})
        argv, shown = launch(argv, place, self._sandbox, [way])
        return argv, place, shown

    def _tell(self, line: Mapping[str, str]) -> bool:
        child = self._turn.child
        if child is None or child.ended:
            return False
        child.write(json.dumps(line).encode() + b"\n")
        return True

    def _understood(self, text: str) -> Iterator[AgentEvent]:
        """Lines that are events become events; everything else stays output, in its order."""
        plain: list[str] = []
        for line in text.split("\n"):
            event = _parse(line)
            if event is None:
                plain.append(line)
                continue
            if plain:
                yield OutputLine(stream="stdout", text="\n".join(plain))
                plain = []
            self._note(event)
            yield event
        if plain:
            yield OutputLine(stream="stdout", text="\n".join(plain))

    def _note(self, event: AgentEvent) -> None:
        if isinstance(event, Question | PermissionAsked) and self._turn.child:
            self._waiting[event.key] = event.text
            self._turn.child.wait_for_person(True)


def _parse(line: str) -> AgentEvent | None:
    if not line.startswith("{"):
        return None
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        fields = json.loads(line)
        return _EVENTS[fields.pop("event")](fields)
    return None


def _tool(fields: dict[str, Any]) -> ToolCall:
    return ToolCall(call="", **fields)


def _plan(fields: dict[str, Any]) -> Plan:
    return Plan(entries=tuple((text, state) for text, state in fields["entries"]))


def _question(fields: dict[str, Any]) -> Question:
    return Question(**{**fields, "options": tuple(fields.get("options", ()))})


_EVENTS: dict[str, Callable[[dict[str, Any]], AgentEvent]] = {
    "message": lambda fields: Message(**fields),
    "tool": _tool,
    "edit": lambda fields: Edit(**fields),
    "plan": _plan,
    "question": _question,
    "permission": lambda fields: PermissionAsked(**fields),
    "reply": lambda fields: ThreadReply(**fields),
    "claim": lambda fields: Claim(**fields),
    "usage": lambda fields: Usage(**fields),
}
