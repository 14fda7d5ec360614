"""The only place that starts sandboxed children: limits, output, and an end that leaves nothing alive."""

import json
import os
import queue
import select
import selectors
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from agents import orphans
from agents.ceilings import Cgroup, DiskMeter, descendants, resident_bytes, set_rlimits
from agents.contract import Finished, Limits, OutputLine, Tick
from agents.orphans import end_orphans
from agents.output import LineReader

__all__ = ["Child", "Unstartable", "end_orphans", "run_to_end", "spawn"]

TICK = 0.5
GRACE = 5.0
FLOOD_FACTOR = 20  # beyond this many times the kept output, nobody reads it and the machine suffers
_CHUNK = 64 * 1024

Event = Tick | OutputLine | Finished
Stream = Literal["stdout", "stderr"]


class Unstartable(Exception):
    """The process never ran. `finished` says why in the words of the contract."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.finished = Finished(exit_code=None, reason=reason, detail=detail)


class _Spawner:
    """Starts every child from one thread that lives as long as this process.

    --die-with-parent follows the thread that forked, not the process: a child started from a task's thread
    would die with that task.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="spawner", daemon=True).start()

    def popen(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
        future: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((lambda: subprocess.Popen(argv, **options), future))
        return future.result()

    def _serve(self) -> None:
        while True:
            order, future = self._orders.get()
            try:
                future.set_result(order())
            except BaseException as problem:
                future.set_exception(problem)


_spawner: _Spawner | None = None
_spawner_lock = threading.Lock()


def _the_spawner() -> _Spawner:
    global _spawner
    with _spawner_lock:
        if _spawner is None:
            _spawner = _Spawner()
        return _spawner


def _forget_spawner() -> None:
    """A forked worker has the object but not the thread."""
    global _spawner, _spawner_lock
    _spawner, _spawner_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_spawner)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    limits: Limits,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    keep_stdin: bool = False,
    secrets: Sequence[str] = (),
    disk: Sequence[Path] = (),
    marker: str = "",
) -> "Child":
    """Start argv, bubblewrap's or a bare one. `stdin` is written and then closed unless `keep_stdin`; None is empty.

    `disk` are the folders whose size counts against the limit; `marker` lets `end_orphans` find what a killed worker
    left behind. Raises Unstartable.
    """
    with_input = stdin is not None or keep_stdin
    mark = orphans.mark(marker)
    options: dict[str, Any] = {
        "cwd": cwd,
        "env": {**env, **mark},
        "stdin": subprocess.PIPE if with_input else subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "start_new_session": True,
        "bufsize": 0,
    }
    start = _start_wrapped if Path(argv[0]).name == "bwrap" else _start_bare
    cgroup = Cgroup.make(limits)
    try:
        process, first = start(argv, options, limits, cgroup)
    except BaseException:
        if cgroup:
            cgroup.remove()
        raise
    members = orphans.Members(first, wrapped=first != process.pid, word=mark[orphans.NAME])
    child = Child(process, members, limits, secrets=secrets, disk=DiskMeter(disk), cgroup=cgroup)
    child.feed(stdin or b"", close=not keep_stdin)
    return child


Started = tuple["subprocess.Popen[bytes]", int]


def _start_bare(argv: Sequence[str], options: dict[str, Any], limits: Limits, cgroup: Cgroup | None) -> Started:
    try:
        process = _the_spawner().popen(argv, **options)
    except OSError as problem:
        raise Unstartable("agent_missing", f"{argv[0]} cannot be started: {problem.strerror}.") from problem
    with suppress(ProcessLookupError):
        if cgroup:
            cgroup.add(process.pid)
        set_rlimits(process.pid, limits)
    return process, process.pid


def _start_wrapped(argv: Sequence[str], options: dict[str, Any], limits: Limits, cgroup: Cgroup | None) -> Started:
    """bwrap waits before the command until the limits are set on the sandbox's first process.

    Its options travel by file descriptor: they hold the environment, and every user of the host can read a command
    line.
    """
    split = argv.index("--")
    told, tell = os.pipe()
    gate, release = os.pipe()
    words = os.memfd_create("options")
    try:
        os.write(words, b"".join(os.fsencode(word) + b"\0" for word in argv[1:split]))
        os.lseek(words, 0, os.SEEK_SET)
        extra = ["--args", str(words), "--info-fd", str(tell), "--block-fd", str(gate)]
        command = [argv[0], *extra, *argv[split:]]
        process = _the_spawner().popen(command, pass_fds=(words, tell, gate), **options)
        os.close(tell)
        tell = -1
        first = _first_process(told, process)
        if cgroup:
            cgroup.add(first)
        set_rlimits(first, limits)
        os.write(release, b"1")
    except OSError as problem:
        raise Unstartable("sandbox_missing", f"{argv[0]} cannot be started: {problem}.") from problem
    finally:
        for descriptor in (told, tell, gate, release, words):
            if descriptor >= 0:
                os.close(descriptor)
    return process, first


def _first_process(told: int, process: "subprocess.Popen[bytes]") -> int:
    """The host's id of the sandbox's init, as bwrap tells it."""
    text, until = b"", monotonic() + 10
    while select.select([told], [], [], max(0, until - monotonic()))[0]:
        chunk = os.read(told, 4096)
        text += chunk
        if not chunk or text.rstrip().endswith(b"}"):
            break
    with suppress(ValueError, KeyError):
        return int(json.loads(text)["child-pid"])
    process.kill()
    said = process.communicate()[1].decode(errors="replace").strip()
    raise Unstartable("sandbox_missing", f"The sandbox did not start: {said or 'bubblewrap said nothing'}.")


class Child:
    """One running process with everything it starts. `write` and `kill` may be called from any thread."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        members: orphans.Members,
        limits: Limits,
        *,
        secrets: Sequence[str],
        disk: DiskMeter,
        cgroup: Cgroup | None,
    ) -> None:
        self._process, self._members, self._limits = process, members, limits
        self._disk, self._cgroup = disk, cgroup
        self._readers: dict[Stream, LineReader] = {"stdout": LineReader(secrets), "stderr": LineReader(secrets)}
        self._lock, self._end_lock = threading.Lock(), threading.Lock()
        self._input, self._close_input = b"", False
        self._why: tuple[str, str] = ("", "")
        self._dead = False
        self._last_error = ""
        self._last_output = self._started = monotonic()
        self._seen_bytes = 0
        self.truncated_bytes = 0
        self.idle_paused = False  # set while the child waits for a person
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                os.set_blocking(pipe.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    # Input

    def write(self, data: bytes) -> None:
        self.feed(data, close=False)

    def feed(self, data: bytes, *, close: bool) -> None:
        with self._lock:
            self._input += data
            self._close_input = self._close_input or close
        self._push_input()

    def _push_input(self) -> None:
        """Write what the pipe takes now; the event loop brings the rest."""
        pipe = self._process.stdin
        with self._lock:
            if pipe is None or pipe.closed:
                return
            try:
                while self._input:
                    self._input = self._input[os.write(pipe.fileno(), self._input[:_CHUNK]) :]
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._input, self._close_input = b"", True
            if self._close_input:
                pipe.close()

    # Events

    def events(self) -> Iterator[Event]:
        """At least a Tick every half second; the last is Finished. Leaving early ends the process."""
        try:
            yield from self._while_running()
            yield from self._last_lines()
        finally:
            self.kill()
            for pipe in (self._process.stdout, self._process.stderr):
                if pipe:
                    pipe.close()
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
        with selectors.DefaultSelector() as ready, _pidfd(self._process.pid) as ended:
            for stream, pipe in (("stdout", self._process.stdout), ("stderr", self._process.stderr)):
                ready.register(pipe or -1, selectors.EVENT_READ, stream)
            ready.register(ended, selectors.EVENT_READ, "ended")
            while True:
                wait = 0.01 if self._input else max(0.0, next_tick - monotonic())
                keys = [key for key, _ in ready.select(wait)]
                for key in keys:
                    if key.data != "ended":
                        yield from self._read(ready, key)
                if any(key.data == "ended" for key in keys) and not self._readable(ready):
                    return
                self._push_input()
                self._check_ceilings()
                if monotonic() >= next_tick:
                    next_tick = monotonic() + TICK
                    yield Tick()

    @staticmethod
    def _readable(ready: selectors.BaseSelector) -> bool:
        return any(key.data != "ended" for key, _ in ready.select(0))

    def _read(self, ready: selectors.BaseSelector, key: selectors.SelectorKey) -> Iterator[Event]:
        stream: Stream = key.data
        chunk = os.read(key.fd, _CHUNK)
        if not chunk:
            ready.unregister(key.fileobj)
            return
        self._last_output = monotonic()
        kept = self._keep(chunk)
        text = self._readers[stream].feed(kept) if kept else None
        if text is not None:
            yield self._line(stream, text)
        if len(kept) < len(chunk) and self.truncated_bytes == len(chunk) - len(kept):
            limit = self._limits.output_bytes
            yield OutputLine(stream="board", text=f"The output passed {limit:,} bytes; from here it is only counted.")

    def _line(self, stream: Stream, text: str) -> OutputLine:
        if stream == "stderr":
            self._last_error = text.strip().rpartition("\n")[2][:300]
        return OutputLine(stream=stream, text=text)

    def _keep(self, chunk: bytes) -> bytes:
        room = max(0, self._limits.output_bytes - self._seen_bytes)
        self._seen_bytes += len(chunk)
        self.truncated_bytes += max(0, len(chunk) - room)
        return chunk[:room]

    def _last_lines(self) -> Iterator[Event]:
        for stream, reader in self._readers.items():
            text = reader.flush()
            if text is not None:
                yield self._line(stream, text)
        if self.truncated_bytes:
            yield OutputLine(stream="board", text=f"{self.truncated_bytes:,} bytes of output were not kept.")

    def _finished(self) -> Finished:
        code = self._process.wait()
        reason, detail = self._why
        if not reason and code < 0:
            reason, detail = "killed", f"Somebody ended the process with {signal.Signals(-code).name}."
        elif not reason and code == 128 + signal.SIGKILL:
            reason, detail = "killed", "The process was killed; the machine or its memory limit is the usual cause."
        elif not reason and code == 1 and self._last_error.startswith("bwrap: execvp "):
            reason, detail = "agent_missing", f"The program is not there inside the sandbox ({self._last_error})."
        elif not reason and code:
            reason, detail = "exit_status", f"It ended with exit status {code}. {self._last_error}".strip()
        return Finished(exit_code=code, reason=reason, detail=detail)

    # Ceilings

    def _check_ceilings(self) -> None:
        if self._dead:
            return
        overstep = self._overstep(monotonic())
        if overstep:
            self.kill(*overstep)

    def _overstep(self, now: float) -> tuple[str, str] | None:
        limits = self._limits
        if now - self._started > limits.seconds:
            return "timed_out", f"It ran longer than {limits.seconds:g} seconds."
        if self.idle_paused:
            self._last_output = now
        if limits.idle_seconds and now - self._last_output > limits.idle_seconds:
            return "idle", f"It said nothing for {limits.idle_seconds:g} seconds."
        if self._seen_bytes > FLOOD_FACTOR * limits.output_bytes:
            return "output_flood", f"It wrote more than {FLOOD_FACTOR * limits.output_bytes:,} bytes of output."
        if self._disk.step() > limits.disk_bytes:
            return "disk_full", f"Its folders grew beyond {limits.disk_bytes:,} bytes."
        return self._overstep_of_members(now)

    _next_count = 0.0

    def _overstep_of_members(self, now: float) -> tuple[str, str] | None:
        """For machines where neither a cgroup nor RLIMIT_NPROC holds; inexact, since it only looks now and then."""
        if now < self._next_count:
            return None
        self._next_count = now + TICK
        pids = descendants(self._members.first)
        if len(pids) > self._limits.processes + 2:
            return "killed", f"It started more than {self._limits.processes} processes."
        if resident_bytes(pids) > self._limits.memory_bytes:
            return "killed", f"It used more than {self._limits.memory_bytes:,} bytes of memory."
        return None

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
            self._close()
            return self._dead

    def _close(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        with self._lock:
            if self._process.stdin:
                self._process.stdin.close()
        if self._cgroup:
            self._cgroup.remove()


@contextmanager
def _pidfd(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def run_to_end(
    argv: Sequence[str], *, on_output: Callable[[OutputLine], object] | None = None, **options: Any
) -> Finished:
    """Spawn with the same options and wait for the end, handing on every piece of output."""
    try:
        child = spawn(argv, **options)
    except Unstartable as problem:
        return problem.finished
    return child.wait(on_output)
