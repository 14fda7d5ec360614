"""Every kind of agent the board can drive: one table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from agents.command import CommandRunner
from agents.contract import AgentConfig, Runner
from agents.programs.runner import ProgramRunner
from agents.programs.table import PROGRAMS, Program
from agents.sandbox import Sandbox
from agents.scripted import ScriptedRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`steers`: takes a message while it runs. `needs`: tool chains that are always granted to it. `takes_command`: it
    cannot be without one. `speaks`: the API that its model endpoint must have; `modes`: what it may do unasked."""

    name: str
    label: str
    open: Callable[[AgentConfig, Sandbox], Runner]
    steers: bool = False
    asks: bool = False
    needs: tuple[str, ...] = ()
    takes_command: bool = False
    speaks: str = ""
    modes: tuple[str, ...] = ()


def _kind(program: Program) -> Kind:
    return Kind(
        name=program.name,
        label=program.label,
        open=partial(ProgramRunner, program),
        steers=program.steers,
        asks=program.asks,
        takes_command=not program.commands,
        speaks=program.speaks,
        modes=program.modes,
    )


KINDS = {
    kind.name: kind
    for kind in (
        Kind(name="command", label="A command line", open=CommandRunner, takes_command=True),
        *(_kind(program) for program in PROGRAMS.values()),
        Kind(name="scripted", label="A script", open=ScriptedRunner, steers=True, asks=True, needs=("python",)),
    )
}


def open_runner(config: AgentConfig, sandbox: Sandbox) -> Runner:
    """A runner for one turn. Raises LookupError with a sentence for a kind that is not in the table."""
    kind = KINDS.get(config.kind)
    if kind is None:
        raise LookupError(f"There is no agent kind {config.kind!r}. Use one of: {', '.join(sorted(KINDS))}.")
    return kind.open(config, sandbox)
