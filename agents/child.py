"""One running process with everything it starts: its events, its ceilings, and an end that leaves nothing alive."""

import os
import select
import selectors
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from subprocess import Popen  # noqa: TID251 - for its type; process.py starts it
from time import monotonic
from typing import IO

from agents import orphans
from agents.ceilings import Cgroup
from agents.contract import Finished, Limits, OutputLine, Tick
from agents.input import Input
from agents.output import Output
from agents.watch import DiskMeter, Watch

TICK = 0.5
GRACE = 5.0
_CHUNK = 64 * 1024
_ENDED = "ended"
_GATHER = 0.02

Event = Tick | OutputLine | Finished


class Child:
    """One running process with everything it starts. `write` and `kill` may be called from any thread."""

    def __init__(
        self,
        process: "Popen[bytes]",
        members: orphans.Members,
        limits: Limits,
        *,
        secrets: Sequence[str],
        disk: DiskMeter,
        cgroup: Cgroup | None,
        gate: IO[bytes] | None,
    ) -> None:
        self._process, self._members = process, members
        self._cgroup, self._gate = cgroup, gate
        self._output = Output(secrets, limits.output_bytes)
        self._watch = Watch(limits, members.first, disk)
        self._end_lock = threading.Lock()
        self._why: tuple[str, str] = ("", "")
        self._dead = self._never_ran = False
        self.input = Input(process.stdin)
        # Opened while nobody can have reaped it, so that it is surely this process.
        self._end_signal = os.pidfd_open(process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def truncated_bytes(self) -> int:
        return self._output.truncated_bytes

    def wait_for_person(self, waiting: bool) -> None:
        """Silence while a person is asked is not idleness."""
        self._watch.idle_paused = waiting

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def write(self, data: bytes) -> None:
        self.input.feed(data)

    # Events

    def events(self) -> Iterator[Event]:
        """At least a Tick every half second; the last is Finished. Leaving early ends the process."""
        try:
            yield from self._while_running()
            yield from self._output.flush()
        finally:
            self.close()
        yield self._finished()

    def wait(self, on_output: Callable[[OutputLine], object] | None = None) -> Finished:
        for event in self.events():
            if isinstance(event, Finished):
                return event
            if isinstance(event, OutputLine) and on_output:
                on_output(event)
        raise AssertionError("events() ends with Finished")

    def _while_running(self) -> Iterator[Event]:
        next_tick = monotonic() + TICK
        with selectors.DefaultSelector() as ready:
            for stream, pipe in (("stdout", self._process.stdout), ("stderr", self._process.stderr)):
                ready.register(pipe or -1, selectors.EVENT_READ, stream)
            ready.register(self._end_signal, selectors.EVENT_READ, _ENDED)
            while self._end_signal in ready.get_map():
                keys = [
                    key for key, _ in ready.select(0.01 if self.input.pending else max(0.0, next_tick - monotonic()))
                ]
                yield from self._read_all(ready, keys)
                self._gather(keys)
                self.input.push()
                self._check_ceilings()
                if monotonic() >= next_tick:
                    next_tick = monotonic() + TICK
                    yield Tick()
            self.kill()  # what it left behind would keep the pipes open
            while keys := [key for key, _ in ready.select(0)]:
                yield from self._read_all(ready, keys)

    def _gather(self, keys: Sequence[selectors.SelectorKey]) -> None:
        """After output, let a little more come together: a few events with many lines cost less than the reverse."""
        if keys and self._watch.last_read < _CHUNK:
            select.select([self._end_signal], [], [], _GATHER)

    def _read_all(self, ready: selectors.BaseSelector, keys: Sequence[selectors.SelectorKey]) -> Iterator[Event]:
        for key in keys:
            if key.data == _ENDED:
                ready.unregister(key.fileobj)
            else:
                yield from self._read(ready, key)

    def _read(self, ready: selectors.BaseSelector, key: selectors.SelectorKey) -> Iterator[Event]:
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            ready.unregister(key.fileobj)
            return
        self._watch.heard(len(chunk))
        yield from self._output.feed(key.data, chunk)

    def _check_ceilings(self) -> None:
        overstep = None if self._dead else self._watch.overstep()
        if overstep:
            self.kill(*overstep)

    def _finished(self) -> Finished:
        code = self._process.poll()
        reason, detail = self._why
        if not reason and self._never_ran:
            reason, detail = "sandbox_missing", f"The sandbox did not start: {self._output.last_error}"
        elif not reason:
            reason, detail = _verdict(code, self._output.last_error)
        return Finished(exit_code=code, reason=reason, detail=detail)

    # End

    def kill(self, reason: str = "killed", detail: str = "") -> bool:
        """End it with everything it started; True when nothing is left. The first reason stands."""
        with self._end_lock:
            if self._dead:
                return True
            if not self._why[0] and self._process.poll() is None:
                self._why = (reason, detail)
            self._process.kill()
            self._dead = self._members.end(GRACE)
            self._tidy()
            return self._dead

    def close(self) -> None:
        """End it and give back its descriptors; only for the thread that listens, or when nobody does."""
        self.kill()
        if self._gate and not self._gate.closed:
            self._never_ran = bool(self._gate.read(1))  # its other end is closed, so this never blocks
        for pipe in (self._process.stdout, self._process.stderr, self._gate):
            if pipe:
                pipe.close()
        if self._end_signal >= 0:
            os.close(self._end_signal)
            self._end_signal = -1

    def _tidy(self) -> None:
        if self._end_signal >= 0 and select.select([self._end_signal], [], [], GRACE)[0]:
            self._process.wait()
        self.input.close()
        if self._cgroup:
            self._cgroup.remove()


def _verdict(code: int | None, last_error: str) -> tuple[str, str]:
    """(reason, sentence) for an end that nobody here asked for."""
    if code is None:
        return "killed", "It was told to end but the kernel still holds it."
    if code < 0:
        return "killed", f"Somebody ended the process with {signal.Signals(-code).name}."
    if code == 128 + signal.SIGKILL:
        return "killed", "The process was killed; the machine or its memory limit is the usual cause."
    if code == 1 and last_error.startswith("bwrap: execvp "):
        return "agent_missing", f"The program is not there inside the sandbox ({last_error})."
    return ("exit_status", f"It ended with exit status {code}. {last_error}".strip()) if code else ("", "")
