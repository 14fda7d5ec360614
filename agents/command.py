"""Any command line as an agent: the brief goes in as a file and as standard input, the clone is the answer."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agents.contract import AgentConfig, AgentEvent, Brief, Limits, Place
from agents.grants import toolchain
from agents.launching import callback_variables, launch, way_back
from agents.process import Child, Unstartable
from agents.prompts import brief_text
from agents.sandbox import Sandbox

BRIEF_INSIDE = "/run/teamboard/brief.md"


class CommandRunner:
    """Feedback starts the same command again in the same clone, so a turn takes no messages while it runs."""

    def __init__(self, config: AgentConfig, sandbox: Sandbox) -> None:
        self._config, self._sandbox = config, sandbox
        self._turn = Turn()

    def work(self, brief: Brief, place: Place, limits: Limits) -> Iterator[AgentEvent]:
        text = brief_text(brief)
        file = _write_brief(place, text)
        path = BRIEF_INSIDE if self._sandbox.isolates else str(file)
        variables = {"TEAMBOARD_BRIEF": path, "TEAMBOARD_RUN": str(brief.run), "TEAMBOARD_STEP": str(brief.step)}
        place = replace(place, environment={**place.environment, **variables})
        try:
            child = self._start(place, limits, text, file)
        except Unstartable as problem:
            yield problem.finished
            return
        yield from self._turn.events(child)

    def _start(self, place: Place, limits: Limits, text: str, file: Path) -> Child:
        """Behind the launcher where the agent may call the board back."""
        command, callback, shown = list(self._config.command), self._config.callback, [(file, BRIEF_INSIDE)]
        if callback:
            missing = self._sandbox.missing(command, place)
            if missing:
                raise Unstartable("agent_missing", missing)
            way = way_back(callback, self._sandbox, place)
            variables = callback_variables(callback, way, self._sandbox)
            place = replace(
                place,
                read_only=(*place.read_only, *toolchain("python")),
                environment={**place.environment, **variables},
            )
            command, more = launch(command, place, self._sandbox, [way])
            shown += more
        return self._sandbox.spawn(
            command, place, limits, extra_ro=shown, stdin=text.encode(), secrets=self._config.secrets
        )

    def steer(self, text: str) -> bool:
        return False

    def answer(self, key: str, text: str) -> bool:
        return False

    def cancel(self) -> None:
        self._turn.cancel()


class Turn:
    """The running child of a runner, and a cancel that may come from any thread, also before the child is there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self.child: Child | None = None

    def events(self, child: Child) -> Iterator[AgentEvent]:
        with self._lock:
            self.child, cancelled = child, self._cancelled
        if cancelled:
            child.kill("cancelled", "It was cancelled.")
        yield from child.events()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled, child = True, self.child
        if child:
            child.kill("cancelled", "It was cancelled.")


def _write_brief(place: Place, text: str) -> Path:
    """Beside the folders that the agent can write to, so that no link of an earlier turn can lead us astray."""
    folder = place.work.with_name(place.work.name + ".brief")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / "brief.md"
    file.write_text(text, encoding="utf-8")
    return file
