"""The promise between the board and any runner. Frozen data crosses the line; shaped for ACP.

A runner works in a directory and tells what happens as events. It never touches git, the database or the board.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One open thread, as the agent reads it. Lines are 1-based and inclusive; None means the whole file or change."""

    thread: int
    path: str
    side: Literal["old", "new"] = "new"
    start_line: int | None = None
    end_line: int | None = None
    quoted: str = ""
    comments: tuple[tuple[str, str], ...] = ()  # (author with role, body)
    suggestions: tuple[tuple[str, ...], ...] = ()  # each: the lines to put in place of the quoted ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a runner is told. `round` 1 is the first turn; later turns carry feedback or a message."""

    run: int
    step: int
    round: int
    title: str
    body: str = ""
    acceptance: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    message: str = ""
    handover: str = ""  # what went before, from the board's record, for a conversation that begins anew
    agent_name: str = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a runner works, as paths on the host; inside the sandbox they are /work, /home/agent, /tmp.

    `read_only` are host folders shown at the same path inside (granted tool chains, base.git);
    `lower` is a prepared environment layer under /work.
    """

    work: Path
    home: Path
    tmp: Path
    read_only: tuple[Path, ...] = ()
    lower: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings for one process. Seconds, bytes, counts. Output beyond `output_bytes` is counted, not kept."""

    seconds: float = 3600
    idle_seconds: float | None = None
    memory_bytes: int = 4 * 1024**3
    processes: int = 512
    output_bytes: int = 10 * 1024**2
    disk_bytes: int = 2 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Nothing happened for up to a second: a chance to read the inbox and renew the lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine:
    """One or more whole lines of output, decoded with replacement, secrets redacted, without the last line end."""

    stream: Literal["stdout", "stderr", "board"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    text: str
    thought: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    call: str
    tool: str
    arguments: str = ""
    result: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`diff` is a small unified diff of this one edit, where the agent tells it."""

    path: str
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    entries: tuple[tuple[str, Literal["pending", "in_progress", "completed"]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The turn goes on waiting for an answer. `default` is an option or free text; None means no default."""

    key: str
    text: str
    options: tuple[str, ...] = ()
    default: str | None = None
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionAsked:
    """Always has a default, refuse, after `timeout_seconds`."""

    key: str
    text: str
    timeout_seconds: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadReply:
    """The agent answers a thread of the review."""

    thread: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the agent says about its own work ("tests pass"). Shown as a claim, never as a fact."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used since the last one. `input_tokens` is all that went in, `cached_tokens` what of it was cached and
    `written_tokens` what of it was written to a cache. `counted`: by the door that the model is reached through, or by
    the agent itself; where both tell, the door's count is the truth. `unread` are answers that told no tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = None
    written_tokens: int = 0
    unread: int = 0
    model: str = ""
    counted: Literal["agent", "door"] = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event. `reason` is empty on success, else a code of the failure taxonomy: agent_missing, agent_error,
    endpoint_failed, no_model, exit_status, killed, timed_out, idle, output_flood, disk_full,
    cancelled, sandbox_missing.
    """

    exit_code: int | None
    reason: str = ""
    detail: str = ""


AgentEvent = (
    Tick
    | OutputLine
    | Message
    | ToolCall
    | Edit
    | Plan
    | Question
    | PermissionAsked
    | ThreadReply
    | Claim
    | Usage
    | Finished
)


class Runner(Protocol):
    """Drives one agent. One object for one turn; not thread-safe except where said."""

    def work(self, brief: Brief, place: Place, limits: Limits) -> Iterator[AgentEvent]:
        """Run one turn to its end. Yields at least one event a second (a Tick when idle); the last is Finished.

        Closing the iterator ends the process and everything it started.
        """
        ...

    def steer(self, text: str) -> bool:
        """Give a message to the running turn; False if this runner can only take it at the next turn."""
        ...

    def answer(self, key: str, text: str) -> bool:
        """Answer a Question or PermissionAsked; False if nothing waits under this key any more."""
        ...

    def cancel(self) -> None:
        """End the turn: everything of it is dead within 5 s. May be called from another thread."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The one address of a model that an agent may reach, by a door that adds the key."""

    base_url: str
    api_key: str = field(default="", repr=False)

    @property
    def path(self) -> str:
        """What an agent's base address has after the host."""
        return urlsplit(self.base_url).path.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where the agent calls the board back: a socket shown inside, the path behind it, and the run's own token."""

    socket: Path
    path: str = "/mcp"
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """A configured teammate, free of Django. `command` is argv for kind `command`, and how to call a known program
    otherwise, where it is not simply found; `script` is a TOML text or path for `scripted`; `secrets` are known values
    that must never appear in output; `signed_in`: its own credential file may be shown to it."""

    kind: str
    name: str = "agent"
    command: Sequence[str] = ()
    script: str = ""
    model: str = ""
    mode: str = ""
    endpoint: Endpoint | None = None
    callback: Callback | None = None
    signed_in: bool = False
    secrets: tuple[str, ...] = ()
