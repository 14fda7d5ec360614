"""Which sandbox this machine has, and what a project's processes may see in it (D14)."""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from agents import Finished, Limits, OutputLine, Place, Sandbox, probe, toolchain, unsafe
from agents.process import Unstartable
from teamboard.board.machine import isolation_waiver
from teamboard.board.models import Grant, Project
from teamboard.board.queries import grants_for
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.workspaces import Workspace
from teamboard.reviews.storage import stores

log = logging.getLogger(__name__)

# What our own short programs in the sandbox may use.
SHORT = Limits(seconds=120, memory_bytes=2 * 1024**3, processes=64)


def open_sandbox() -> Sandbox:
    """The machine's sandbox; without one nothing starts until an architect accepted that in words (D17)."""
    found = probe()
    if isinstance(found, Sandbox):
        return replace(found, marker=marker())
    if os.environ.get("TEAMBOARD_TEST_NO_SANDBOX") == "1":
        return replace(unsafe(), marker=marker())
    if isolation_waiver() is not None:
        return replace(unsafe(), marker=marker())
    raise StepFailed("sandbox_missing", f"{found.reason} {found.remedy}")


Watch = Callable[[], None]
Hear = Callable[[OutputLine], object]


def run_watched(
    sandbox: Sandbox, command: Sequence[str], place: Place, limits: Limits, *, watch: Watch, hear: Hear
) -> Finished:
    """Run to the end; `watch` is called at each event and may raise to end it (I-9): a silent one ticks too."""
    try:
        child = sandbox.spawn(command, place, limits)
    except Unstartable as problem:
        return problem.finished
    try:
        for event in child.events():
            watch()
            if isinstance(event, OutputLine):
                hear(event)
            elif isinstance(event, Finished):
                return event
    finally:
        child.kill()
    raise AssertionError("the last event of a child is Finished")


def marker() -> str:
    """Names this board in what it starts, so that it ends its own orphans and nobody else's."""
    return hashlib.sha256(str(settings.DATA_DIR).encode()).hexdigest()[:16]


def place_of(project: Project, space: Workspace, *, lower: Path | None = None, network: bool = False) -> Place:
    """The clone with its home, the granted folders and the base store, all else hidden."""
    return Place(
        work=space.work,
        home=space.home,
        tmp=space.tmp,
        read_only=(*granted(project), stores(project.pk).base.git_dir),
        lower=lower,
        network=network,
    )


def granted(project: Project) -> tuple[Path, ...]:
    folders: list[Path] = []
    for grant in grants_for(project):
        if grant.kind == Grant.PATH:
            folders += [path for path in (Path(grant.value),) if path.exists()]
        elif grant.kind == Grant.TOOLCHAIN:
            folders += _folders(grant.value)
    return tuple(dict.fromkeys(folders))


def _folders(name: str) -> tuple[Path, ...]:
    try:
        return toolchain(name)
    except LookupError as missing:
        log.warning("a granted tool chain is not there: %s", missing)
        return ()


UNISOLATED, OPEN_NETWORK = "no isolation", "open network"


def conditions(sandbox: Sandbox, place: Place) -> list[str]:
    """What a process is allowed beyond the usual, in the words that pages and reviewers are told."""
    held = [] if sandbox.isolates else [UNISOLATED]
    return [*held, OPEN_NETWORK] if place.network else held


def open_network(project: Project, body: dict[str, Any]) -> bool:
    """The definition wishes for the whole network, and an architect granted it."""
    wish = (body.get("sandbox") or {}).get("network")
    return wish == "open" and network_granted(project)


def network_granted(project: Project) -> bool:
    """For the setup command the grant alone is enough: it is the architect's own command."""
    return any(grant.kind == Grant.NETWORK for grant in grants_for(project))
