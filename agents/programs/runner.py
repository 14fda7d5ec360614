"""Runs a real agent program for one turn: found, shown inside, pointed at its door, heard and answered."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from agents.command import Turn
from agents.contract import AgentConfig, AgentEvent, Brief, Finished, Limits, OutputLine, Place, Tick, Usage
from agents.door import Door
from agents.grants import toolchain
from agents.launching import DOOR_PORT, WayOut, address, launch, proxy_inside, way_back, way_out
from agents.process import Child, Unstartable
from agents.programs import finding, session
from agents.programs.dialogue import Arrangement, Dialogue, Setting
from agents.programs.table import Program
from agents.programs.versions import version
from agents.prompts import brief_text, turn_text
from agents.sandbox import Sandbox

GRACE = 2.0  # for a program to end by itself when its turn is over
DONE = "done"
_ROOM = 8  # times the kept output that a program's JSON may take, for it is not shown as it is


@dataclass(slots=True)
class _Attempt:
    """One process of the program and what it says."""

    child: Child
    dialogue: Dialogue
    over_at: float | None = None


class ProgramRunner:
    """One object for one turn, like every runner."""

    def __init__(self, program: Program, config: AgentConfig, sandbox: Sandbox) -> None:
        self._program, self._config, self._sandbox = program, config, sandbox
        self._turn = Turn()
        self._now: _Attempt | None = None
        self._doors = ExitStack()
        self._door: Door | None = None
        self._way_to_model: WayOut | None = None
        self._way_back: WayOut | None = None
        self._kept = session.Kept()

    def work(self, brief: Brief, place: Place, limits: Limits) -> Iterator[AgentEvent]:
        with self._doors:
            try:
                yield from self._work(brief, place, limits)
            except finding.Missing as missing:
                yield Finished(exit_code=None, reason="agent_missing", detail=str(missing))
            except Unstartable as problem:
                yield problem.finished

    def _work(self, brief: Brief, place: Place, limits: Limits) -> Iterator[AgentEvent]:
        found = self._found()
        if self._config.endpoint is None and not self._config.signed_in:
            yield Finished(exit_code=None, reason="no_model", detail=f"{self._program.label} has no endpoint.")
            return
        if self._config.endpoint:
            self._door = self._doors.enter_context(Door(self._config.endpoint))
            self._way_to_model = way_out("model", DOOR_PORT, self._door.socket, self._sandbox, place)
        if self._config.callback:
            self._way_back = way_back(self._config.callback, self._sandbox, place)
        yield self._opening(found)
        known = session.remembered(place, self._program.name) if self._program.resumes else session.Kept()
        yield from self._attempt(found, brief, place, limits, known)
        if known.session and self._now and self._now.dialogue.session_lost:
            session.forget(place)
            yield OutputLine(stream="board", text="Its earlier conversation is gone; it begins anew with a hand-over.")
            yield from self._attempt(found, brief, place, limits, session.Kept())
        assert self._now
        yield self._verdict(self._now)

    # How it is started

    def _found(self) -> finding.Found:
        given = self._config.command
        program = finding.find((given[0],) if given else self._program.commands)
        if program is None:
            name = given[0] if given else self._program.commands[0]
            raise finding.Missing(f"{name} is not on this machine. Install it: {self._program.install}")
        found = finding.resolve(program)
        return replace(found, argv=(*found.argv, *given[1:]))

    def _opening(self, found: finding.Found) -> OutputLine:
        """Versions move fast: each run says which one it was."""
        mode = self._config.mode or self._program.modes[0] or "its own mode"
        known = version(found.program, self._program.package) or "unknown"
        return OutputLine(stream="board", text=f"{self._program.label}, version {known}, {mode.partition('|')[0]}.")

    def _attempt(
        self, found: finding.Found, brief: Brief, place: Place, limits: Limits, known: session.Kept
    ) -> Iterator[AgentEvent]:
        setting = self._setting(found, brief, place, known)
        arrangement = self._program.arrange(setting)
        child = self._start(found, arrangement, place, limits)
        dialogue = self._program.dialogue(setting, lambda message: _write(child, message))
        self._now = attempt = _Attempt(child, dialogue)
        dialogue.begin()
        for event in self._turn.events(child):
            yield from self._heard(attempt, event)
            self._keep(dialogue, place, known)
        yield from self._priced(dialogue.end())
        yield from self._counted()

    def _keep(self, dialogue: Dialogue, place: Place, known: session.Kept) -> None:
        now = session.Kept(dialogue.session, dialogue.total or known.total)
        if now.session and now != self._kept:
            self._kept = now
            session.remember(place, self._program.name, now.session, now.total)

    def _setting(self, found: finding.Found, brief: Brief, place: Place, known: session.Kept) -> Setting:
        door, callback, model, back = self._door, self._config.callback, self._way_to_model, self._way_back
        return Setting(
            program=found.argv,
            text=turn_text(brief) if known.session else brief_text(brief),
            url=address(model, door.endpoint.path) if door and model else "",
            word=door.word if door else "",
            model=self._config.model or self._program.model,
            mode=self._config.mode or self._program.modes[0],
            session=known.session,
            before=known.total,
            work=self._sandbox.inside(place, place.work),
            home=self._sandbox.inside(place, place.home),
            callback=(address(back, callback.path), callback.token) if callback and back else None,
            proxy=proxy_inside(self._sandbox) if callback else "",
        )

    def _start(self, found: finding.Found, arrangement: Arrangement, place: Place, limits: Limits) -> Child:
        argv, shown = launch(
            arrangement.argv,
            place,
            self._sandbox,
            [way for way in (self._way_to_model, self._way_back) if way],
            files=dict(arrangement.files),
            before=[list(words) for words in arrangement.before],
            client_files=arrangement.client_files,
        )
        return self._sandbox.spawn(
            argv,
            replace(
                place,
                read_only=(*place.read_only, *found.folders, *toolchain("python")),
                environment={**place.environment, **arrangement.env},
            ),
            replace(limits, output_bytes=_ROOM * limits.output_bytes),
            extra_ro=shown,
            stdin=None if arrangement.stdin is None else arrangement.stdin.encode(),
            keep_stdin=arrangement.stdin is None,
            secrets=self._config.secrets,
        )

    # What it says

    def _heard(self, attempt: _Attempt, event: AgentEvent) -> Iterator[AgentEvent]:
        dialogue = attempt.dialogue
        if isinstance(event, Finished):
            self._ended = event
            return
        if isinstance(event, OutputLine) and event.stream == "stdout":
            for line in event.text.split("\n"):
                yield from self._priced(dialogue.hear(line))
        elif isinstance(event, Tick):
            yield from self._priced(dialogue.idle())
            yield event
            yield from self._counted()
        else:
            yield event
        attempt.child.wait_for_person(dialogue.waiting)
        self._end_in_time(attempt)

    def _priced(self, events: Any) -> Iterator[AgentEvent]:
        """What the program says of its tokens stands beside the door's count; its price is told if it knows prices."""
        for event in events:
            if isinstance(event, Usage):
                event = replace(event, model=event.model or self._config.model or self._program.model)
                if self._door and not self._program.knows_prices:
                    event = replace(event, usd=None)
            yield event

    def _counted(self) -> Iterator[AgentEvent]:
        yield from self._door.tally.take() if self._door else ()

    def _end_in_time(self, attempt: _Attempt) -> None:
        """A program whose turn is over is let go; one that stays is ended."""
        if not attempt.dialogue.over:
            return
        if attempt.over_at is None:
            attempt.over_at = monotonic()
            attempt.child.input.feed(b"", close=True)
        elif monotonic() > attempt.over_at + GRACE:
            attempt.child.kill(DONE)

    def _verdict(self, attempt: _Attempt) -> Finished:
        """An exit status of 0 says little: what the program told of its turn, and the door of the model, weigh more."""
        ended, dialogue = self._ended, attempt.dialogue
        if ended.reason == DONE:
            ended = Finished(exit_code=0)
        if ended.reason not in ("", "exit_status") or (not ended.reason and not dialogue.problem):
            return ended
        code, detail = dialogue.problem or (ended.reason, ended.detail)
        if self._door and self._door.problem and not self._door.tally.requests:
            return Finished(
                exit_code=ended.exit_code, reason="endpoint_failed", detail=f"{self._door.problem} {detail}"
            )
        return Finished(exit_code=ended.exit_code, reason=code, detail=detail)

    # What people say

    def steer(self, text: str) -> bool:
        now = self._now
        return now is not None and not now.child.ended and now.dialogue.steer(text)

    def answer(self, key: str, text: str) -> bool:
        now = self._now
        if now is None or not now.dialogue.answer(key, text):
            return False
        now.child.wait_for_person(now.dialogue.waiting)
        return True

    def cancel(self) -> None:
        self._turn.cancel()


def _write(child: Child, message: Mapping[str, Any]) -> None:
    child.write(json.dumps(message).encode() + b"\n")
