"""The only place that starts sandboxed children, with their limits set before they run."""

import json
import os
import select
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any

from agents import orphans, spawning
from agents.ceilings import Cgroup, set_rlimits
from agents.child import Child
from agents.contract import Finished, Limits, OutputLine
from agents.orphans import end_orphans
from agents.watch import DiskMeter

__all__ = ["Child", "Unstartable", "end_orphans", "run_to_end", "spawn"]


class Unstartable(Exception):
    """The process never ran. `finished` says why in the words of the contract."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.finished = Finished(exit_code=None, reason=reason, detail=detail)


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
) -> Child:
    """Start argv, bubblewrap's or a bare one. `stdin` is written and then closed unless `keep_stdin`; None is empty.

    `disk` are the folders whose growth counts against the limit; `marker` lets `end_orphans` find what a killed worker
    left behind. Raises Unstartable.
    """
    if not hasattr(os, "pidfd_open"):
        raise Unstartable("sandbox_missing", "Agents and checks run on Linux only so far. Reviews work without them.")
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
    cgroup, meter = Cgroup.make(limits), DiskMeter(disk)
    try:
        started = start(argv, options, limits, cgroup)
    except BaseException:
        if cgroup:
            cgroup.remove()
        raise
    members = orphans.Members(started.first, wrapped=started.gate is not None, word=mark[orphans.NAME])
    child = Child(started.process, members, limits, secrets=secrets, disk=meter, cgroup=cgroup, gate=started.gate)
    child.input.feed(stdin or b"", close=not keep_stdin)
    return child


@dataclass(frozen=True, slots=True)
class Started:
    """`gate` holds one byte until the sandbox is built; left unread, the command never ran."""

    process: "subprocess.Popen[bytes]"
    first: int
    gate: IO[bytes] | None = None


def _start_bare(argv: Sequence[str], options: dict[str, Any], limits: Limits, cgroup: Cgroup | None) -> Started:
    try:
        process = spawning.call(lambda: subprocess.Popen(argv, **options))
    except OSError as problem:
        raise Unstartable("agent_missing", f"{argv[0]} cannot be started: {problem.strerror}.") from problem
    _wall_in(process.pid, limits, cgroup)
    return Started(process, process.pid)


def _start_wrapped(argv: Sequence[str], options: dict[str, Any], limits: Limits, cgroup: Cgroup | None) -> Started:
    """bwrap waits before the command until the limits are set on the sandbox's first process.

    Its options travel by file descriptor: they hold the environment, and every user of the host can read a command
    line.
    """
    split = argv.index("--")
    with ExitStack() as stack:
        told, tell = _pipe(stack)
        gate, release = _pipe(stack)
        words = stack.enter_context(os.fdopen(os.memfd_create("options"), "wb", buffering=0))
        words.write(b"".join(os.fsencode(word) + b"\0" for word in argv[1:split]))
        words.seek(0)
        descriptors = (words.fileno(), tell.fileno(), gate.fileno())
        extra = [
            word
            for pair in zip(("--args", "--info-fd", "--block-fd"), map(str, descriptors), strict=True)
            for word in pair
        ]
        command = [argv[0], *extra, *argv[split:]]
        try:
            process = spawning.call(lambda: subprocess.Popen(command, pass_fds=descriptors, **options))
        except OSError as problem:
            raise Unstartable("sandbox_missing", f"{argv[0]} cannot be started: {problem.strerror}.") from problem
        tell.close()
        first = _first_process(told.fileno(), process)
        _wall_in(first, limits, cgroup)
        os.write(release.fileno(), b"1")
        return Started(process, first, os.fdopen(os.dup(gate.fileno()), "rb", 0))


def _pipe(stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return stack.enter_context(os.fdopen(reading, "rb", 0)), stack.enter_context(os.fdopen(writing, "wb", 0))


def _wall_in(pid: int, limits: Limits, cgroup: Cgroup | None) -> None:
    """A process that is gone already needs no walls."""
    with suppress(ProcessLookupError):
        if cgroup:
            cgroup.add(pid)
        set_rlimits(pid, limits)


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
    raise Unstartable("sandbox_missing", f"The sandbox did not start: {said or 'bubblewrap said nothing'}")


def run_to_end(
    argv: Sequence[str], *, on_output: Callable[[OutputLine], object] | None = None, **options: Any
) -> Finished:
    """Spawn with the same options and wait for the end, handing on every piece of output."""
    try:
        child = spawn(argv, **options)
    except Unstartable as problem:
        return problem.finished
    return child.wait(on_output)
