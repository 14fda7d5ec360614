"""Git on an agent's folder: always in a second, short sandbox, by the one file in teamboard/git (D6, D7)."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents import OutputLine, Place, Sandbox, toolchain
from teamboard.board.models import Project
from teamboard.git import snapshot as scripts
from teamboard.git.commits import BOARD, Person
from teamboard.git.snapshot import Report
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.sandboxes import SHORT, open_sandbox
from teamboard.pipeline.workspaces import Workspace
from teamboard.reviews.storage import stores

# Not at its own path: that may lie below a folder that means something else inside.
SCRIPT_INSIDE = "/run/teamboard/inside.py"
# What a reviewer may be asked to take into the history for ever.
BIGGEST_FILE = 20_000_000


def clone(project: Project, space: Workspace, *, base: str, start: str = "", author: Person = BOARD) -> None:
    """A fresh private clone at `base`, or at `start`, which is handed in as a bundle (D4)."""
    space.make()
    space.empty("work")
    space.empty("out")
    there, bundle = stores(project.pk), None
    if start and start != base and there.bundle(space.out / "in.bundle", start, have=[base]):
        bundle = _inside(project, space, space.out / "in.bundle")
    work = _inside(project, space, space.work)
    argv = scripts.clone_script(
        there.base.git_dir, project.target, base=base, start=start if bundle else "", bundle=bundle, work=work
    )
    _call(project, space, argv, writable=True)
    _call(project, space, scripts.identity_script(author, work=work), writable=True)


def check_out(project: Project, space: Workspace, commit: str) -> None:
    """The commit's files into the empty work folder, without any .git."""
    there, bundle = stores(project.pk), None
    if there.bundle(space.out / "in.bundle", commit, have=[project.head_sha]):
        bundle = _inside(project, space, space.out / "in.bundle")
    work = _inside(project, space, space.work)
    argv = scripts.checkout_script(there.base.git_dir, commit, bundle=bundle, work=work)
    _call(project, space, argv, writable=True)


def snapshot(project: Project, space: Workspace, *, base: str, who: Person) -> tuple[Report, Path]:
    """The files as they are now, as one commit on the base, and the bundle that holds it when it is new."""
    base_git, git_dir, out, work = _folders(project, space, "snapshot.bundle")
    argv = scripts.snapshot_script(
        base_git, git_dir, parent=base, out=out, who=who, message="Work in progress", max_file=BIGGEST_FILE, work=work
    )
    return _report(project, space, argv), space.out / "snapshot.bundle"


def collect(project: Project, space: Workspace, *, base: str, who: Person, message: str) -> tuple[Report, Path]:
    """The agent's commits, and what it left uncommitted as one more with a message that says so."""
    base_git, git_dir, out, work = _folders(project, space, "collect.bundle")
    argv = scripts.collect_script(
        base_git, git_dir, parent=base, out=out, who=who, message=message, max_file=BIGGEST_FILE, work=work
    )
    return _report(project, space, argv), space.out / "collect.bundle"


def _folders(project: Project, space: Workspace, bundle: str) -> tuple[Path, Path, Path, Path]:
    base_git = stores(project.pk).base.git_dir
    return (base_git, *(_inside(project, space, path) for path in (space.out / "git", space.out / bundle, space.work)))  # type: ignore[return-value]


def _report(project: Project, space: Workspace, argv: Sequence[str]) -> Report:
    answer = _call(project, space, argv, writable=False)
    return scripts.read_report(answer)


def _call(project: Project, space: Workspace, argv: Sequence[str], *, writable: bool) -> str:
    sandbox, place = open_sandbox(), _place(project, space)
    said: list[str] = []

    def hear(line: OutputLine) -> None:
        said.append(line.text)

    command = [_script(sandbox) if word == str(scripts.INSIDE) else word for word in argv]
    extra = [(scripts.INSIDE, SCRIPT_INSIDE)]
    finished = sandbox.run(command, place, SHORT, on_output=hear, writable=writable, extra_ro=extra)
    return _checked("\n".join(said), finished.reason, finished.detail)


def _script(sandbox: Sandbox) -> str:
    return SCRIPT_INSIDE if sandbox.isolates else str(scripts.INSIDE)


def _checked(output: str, reason: str, detail: str) -> str:
    """The script's own words are better than the sandbox's about it."""
    if reason == "sandbox_missing":
        raise StepFailed("sandbox_missing", detail)
    try:
        answer: dict[str, Any] = scripts.read_answer(output)
    except scripts.InsideFailed as failed:
        raise StepFailed("clone_failed", str(failed)) from failed
    if reason or not isinstance(answer, dict):
        raise StepFailed("clone_failed", detail)
    return output


def _inside(project: Project, space: Workspace, path: Path) -> Path:
    return Path(open_sandbox().inside(_place(project, space), path))


def _place(project: Project, space: Workspace) -> Place:
    """The agent's folder beside one that only we write to: no HOME of the agent, no granted folders."""
    scratch, base = space.root / "out-tmp", stores(project.pk).base.git_dir
    os.makedirs(scratch, mode=0o700, exist_ok=True)
    return Place(work=space.work, home=space.out, tmp=scratch, read_only=(base, *toolchain("python")))
