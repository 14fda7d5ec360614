"""Every kind of agent the board can drive: one table."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.command import CommandRunner
from agents.contract import AgentConfig, Runner
from agents.sandbox import Sandbox
from agents.scripted import ScriptedRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`steers`: takes a message while it runs. `needs`: tool chains that are always granted to it."""

    name: str
    label: str
    open: Callable[[AgentConfig, Sandbox], Runner]
    steers: bool = False
    asks: bool = False
    needs: tuple[str, ...] = ()


KINDS = {
    kind.name: kind
    for kind in (
        Kind(name="command", label="A command line", open=CommandRunner),
        Kind(name="scripted", label="A script", open=ScriptedRunner, steers=True, asks=True, needs=("python",)),
    )
}


def open_runner(config: AgentConfig, sandbox: Sandbox) -> Runner:
    """A runner for one turn. Raises LookupError with a sentence for a kind that is not in the table."""
    kind = KINDS.get(config.kind)
    if kind is None:
        raise LookupError(f"There is no agent kind {config.kind!r}. Use one of: {', '.join(sorted(KINDS))}.")
    return kind.open(config, sandbox)
