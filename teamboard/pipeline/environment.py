"""The environment layer: what the setup command leaves, made once and shown under work and checks (D13)."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents import Limits, OutputLine, Place, Sandbox, toolchain
from teamboard.board.environments import tools_of
from teamboard.board.models import Project
from teamboard.git.commits import BOARD
from teamboard.pipeline import inside, layers
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.sandboxes import SHORT, Watch, network_granted, open_sandbox, place_of, run_watched
from teamboard.pipeline.workspaces import Workspace, remove
from teamboard.reviews.storage import stores

LOCK_FILES = (
    *("requirements.txt", "requirements.lock", "requirements-dev.txt", "uv.lock", "poetry.lock", "pdm.lock"),
    *("Pipfile.lock", "pyproject.toml", "setup.py", "setup.cfg", "package.json", "package-lock.json", "yarn.lock"),
    *("npm-shrinkwrap.json", "pnpm-lock.yaml", "Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock"),
)
SETUP_SECONDS = 1800

# Takes the tracked files out of the prepared folder, so that only what the command made is left.
_STRIP = """
import os, sys
os.chdir(sys.argv[1])
for name in sys.stdin.buffer.read().split(b"\\0"):
    if name:
        try:
            os.unlink(name)
        except OSError:
            pass
for place, folders, files in os.walk(b".", topdown=False):
    for folder in folders:
        try:
            os.rmdir(os.path.join(place, folder))
        except OSError:
            pass
"""
# The layer is no work of the agent: its own git leaves it out.
_EXCLUDE = """
import os, sys
os.makedirs(sys.argv[1], exist_ok=True)
names = sys.stdin.read().splitlines()
with open(os.path.join(sys.argv[1], "exclude"), "a") as file:
    file.write("".join("/" + name + "\\n" for name in names))
"""


def _quiet(*_: object) -> None:
    """Nobody listens, nobody interrupts."""


def layer(
    project: Project, body: dict[str, Any], commit: str, *, say: Callable[[str], None] = _quiet, watch: Watch = _quiet
) -> Path | None:
    """The folder with what the setup command leaves for this commit, made now if it is not there; None without one."""
    if not (body.get("setup") or {}).get("command"):
        return None
    folder = folder_of(project, body, commit)
    with layers.locked(folder, watch):
        if not (folder / "done").exists():
            _build(project, body, commit, folder, say, watch)
        layers.used(folder)
    return folder / "space" / "work"


def folder_of(project: Project, body: dict[str, Any], commit: str) -> Path:
    return layers.home(project.pk) / digest(project, body, commit)[:32]


def digest_of(
    setup: Sequence[str],
    locks: Mapping[str, str],
    tools: Sequence[str],
    *,
    network: bool = False,
    isolated: bool = True,
) -> str:
    """Names an environment by all that decides it (D10, D13): equal for equal values, on any machine.

    `setup` is the command, empty without one, and then `locks` (lock file -> digest of its content) say nothing;
    `tools` are the granted folders and tool chains as `tools_of` tells them; `network` and `isolated` are how the
    command itself runs.
    """
    words = [list(setup), dict(locks) if setup else {}, list(tools), network, isolated]
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def digest(project: Project, body: dict[str, Any], commit: str, *, network: bool = False) -> str:
    """The environment of this commit on this machine as it is now."""
    command = (body.get("setup") or {}).get("command") or []
    return digest_of(command, _locks(project, commit) if command else {}, tools_of(project), network=network)


def _locks(project: Project, commit: str) -> dict[str, str]:
    there = stores(project.pk)
    blobs = {name: there.blob(commit, name) for name in LOCK_FILES}
    return {name: hashlib.sha256(blob).hexdigest() for name, blob in blobs.items() if blob is not None}


def _build(
    project: Project, body: dict[str, Any], commit: str, folder: Path, say: Callable[[str], None], watch: Watch
) -> None:
    remove(folder / "space")
    space = Workspace(folder / "space").make()
    inside.check_out(project, space, commit)
    sandbox, network = open_sandbox(), network_granted(project)
    place = place_of(project, space, network=network)
    said: list[str] = []

    def hear(line: OutputLine) -> None:
        said.append(line.text)
        say(line.text)

    limits = Limits(seconds=SETUP_SECONDS)
    finished = run_watched(sandbox, body["setup"]["command"], place, limits, watch=watch, hear=hear)
    if finished.reason:
        code = "setup_timed_out" if finished.reason == "timed_out" else "setup_failed"
        hint = "" if network else " The sandbox has no network; an Architect can grant it."
        raise StepFailed(code, f"{finished.detail} {' '.join(said)[-300:]}".strip() + hint)
    _strip(project, space, commit, sandbox, place)
    (folder / "done").touch()


def _strip(project: Project, space: Workspace, commit: str, sandbox: Sandbox, place: Place) -> None:
    """Only what the command made stays in the layer."""
    names = b"\0".join(os.fsencode(entry.path) for entry in stores(project.pk).files(commit))
    script = ["python3", "-I", "-S", "-c", _STRIP, sandbox.inside(place, space.work)]
    sandbox.run(script, with_python(place), SHORT, stdin=names)


def with_python(place: Place) -> Place:
    """For our own short programs: the interpreter, whatever the project was granted."""
    return replace(place, read_only=(*place.read_only, *toolchain("python")))


def place_with(
    project: Project, space: Workspace, lower: Path | None, sandbox: Sandbox, *, network: bool = False
) -> Place:
    """The place of a process with the layer under its folder, or, where overlays do not work, copied into it."""
    place = place_of(project, space, network=network)
    if lower is None or sandbox.can_overlay:
        return replace(place, lower=lower)
    if not (space.root / "layered").exists():
        copy = ["cp", "-a", "--reflink=auto", "-n", f"{lower}/.", sandbox.inside(place, space.work)]
        sandbox.run(copy, place, replace(SHORT, seconds=600), extra_ro=[lower])
        (space.root / "layered").touch()
    return place


def exclude(project: Project, space: Workspace, lower: Path, *, base: str) -> None:
    """Tell the clone's git and ours that the layer is not part of the work."""
    inside.snapshot(project, space, base=base, who=BOARD)  # makes our own git folder, if it is not there yet
    sandbox, names = open_sandbox(), "\n".join(sorted(os.listdir(lower)))
    place = place_of(project, space)
    target = sandbox.inside(place, space.work / ".git" / "info")
    sandbox.run(["python3", "-I", "-S", "-c", _EXCLUDE, target], with_python(place), SHORT, stdin=names.encode())
    own = space.out / "git" / "info"
    own.mkdir(parents=True, exist_ok=True)
    (own / "exclude").write_text("".join(f"/{name}\n" for name in names.split("\n")))
