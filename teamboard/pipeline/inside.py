"""Git on an agent's folder: always in a second, short sandbox, by the one file in teamboard/git (D6, D7)."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents import OutputLine, Place, Sandbox, toolchain
from teamboard import git
from teamboard.board.models import Project
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.sandboxes import SHORT, open_sandbox
from teamboard.pipeline.workspaces import Workspace
from teamboard.reviews.storage import stores

SCRIPT = Path(git.__file__).with_name("inside.py")
# Not at its own path: that may lie below a folder that means something else inside.
SCRIPT_INSIDE = "/run/teamboard/inside.py"
BOARD = ("Teamboard", "board@teamboard.invalid")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a look at the folder gave: the commit, its tree, and what has to be said about it."""

    sha: str
    tree: str
    bundle: Path | None
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    nested: tuple[str, ...] = ()


def clone(project: Project, space: Workspace, *, base: str, start: str = "", author: tuple[str, str] = BOARD) -> None:
    """A fresh private clone at `base`, or at `start`, which is handed in as a bundle (D4)."""
    space.make()
    space.empty("work")
    space.empty("out")
    extra: list[str] = []
    if start and start != base and stores(project.pk).bundle(space.out / "in.bundle", start, have=[base]):
        extra = ["--bundle", "{out}/in.bundle", "--start", start]
    base_git = str(stores(project.pk).base.git_dir)
    argv = ["clone", "--work", "{work}", "--base-git", base_git, "--target", project.target, "--base", base, *extra]
    _call(project, space, argv, writable=True)
    identity = ["setup-identity", "--work", "{work}", "--name", author[0], "--email", author[1]]
    _call(project, space, identity, writable=True)


def check_out(project: Project, space: Workspace, commit: str) -> None:
    """The commit's files into the empty work folder, without any .git."""
    there, extra = stores(project.pk), []
    if there.bundle(space.out / "in.bundle", commit, have=[project.head_sha]):
        extra = ["--bundle", "{out}/in.bundle"]
    argv = ["checkout", "--work", "{work}", "--base-git", str(there.base.git_dir), "--tree", commit, *extra]
    _call(project, space, argv, writable=True)


def snapshot(project: Project, space: Workspace, *, base: str, who: tuple[str, str]) -> Taken | None:
    """The files as they are now, as one commit on the base; None when that was told before."""
    taken = _take("snapshot", project, space, base, who, "Work in progress")
    return taken if taken.bundle else None


def collect(project: Project, space: Workspace, *, base: str, who: tuple[str, str], message: str) -> Taken:
    """The agent's commits, and what it left uncommitted as one more with a message that says so."""
    return _take("collect", project, space, base, who, message)


def _take(what: str, project: Project, space: Workspace, base: str, who: tuple[str, str], message: str) -> Taken:
    base_git = str(stores(project.pk).base.git_dir)
    argv = [
        what, "--work", "{work}", "--base-git", base_git, "--git-dir", "{out}/git", "--parent", base,
        "--out", f"{{out}}/{what}.bundle", "--ref", f"refs/heads/{what}",
        "--name", who[0], "--email", who[1], "--message", message,
    ]  # fmt: skip
    told = _call(project, space, argv, writable=False)
    return Taken(
        sha=str(told["sha"]),
        tree=str(told["tree"]),
        bundle=space.out / f"{what}.bundle" if told["bundle"] else None,
        notes=tuple(told.get("notes", ())),
        left_out=tuple((item["path"], item["why"]) for item in told.get("left_out", ())),
        nested=tuple(told.get("nested", ())),
    )


def _call(project: Project, space: Workspace, argv: Sequence[str], *, writable: bool) -> dict[str, Any]:
    """Run the script; `{work}` and `{out}` become the names that these folders have inside."""
    sandbox = open_sandbox()
    place = _place(project, space)
    names = {"{work}": sandbox.inside(place, space.work), "{out}": sandbox.inside(place, space.out)}
    script = SCRIPT_INSIDE if sandbox.isolates else str(SCRIPT)
    command = ["python3", "-I", "-S", script, *(_named(word, names) for word in argv)]
    return _run(sandbox, place, command, writable)


def _run(sandbox: Sandbox, place: Place, command: list[str], writable: bool) -> dict[str, Any]:
    said: list[str] = []

    def hear(line: OutputLine) -> None:
        said.extend(line.text.split("\n"))

    finished = sandbox.run(command, place, SHORT, on_output=hear, writable=writable, extra_ro=[(SCRIPT, SCRIPT_INSIDE)])
    told = _told(said)
    if finished.reason or "error" in told:
        detail = str(told.get("error") or finished.detail or "\n".join(said[-5:]))
        raise StepFailed("sandbox_missing" if finished.reason == "sandbox_missing" else "clone_failed", detail)
    return told


def _told(said: list[str]) -> dict[str, Any]:
    try:
        value = json.loads(said[-1]) if said else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _named(word: str, names: dict[str, str]) -> str:
    for short, path in names.items():
        if word.startswith(short):
            return path + word.removeprefix(short)
    return word


def _place(project: Project, space: Workspace) -> Place:
    """The agent's folder beside one that only we write to: no HOME of the agent, no granted folders."""
    scratch, base = space.root / "out-tmp", stores(project.pk).base.git_dir
    os.makedirs(scratch, mode=0o700, exist_ok=True)
    return Place(work=space.work, home=space.out, tmp=scratch, read_only=(base, *toolchain("python")))
