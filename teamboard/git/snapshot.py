"""The command lines of inside.py, to be run in a sandbox, and what they answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from teamboard.git.commits import BOARD, Person

# A single file; the sandbox must be given it read-only at this path.
INSIDE = Path(__file__).with_name("inside.py")
REF = "refs/heads/work"
WORK = Path("/work")


class InsideFailed(Exception):
    """The script inside the sandbox said why it could not do it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What snapshot or collect found. `bundle` False: nothing new was written to `out`.

    `notes` of collect: leftovers, history_rewritten, history_unreadable, history_unrelated, history_broken.
    `nested` are repositories inside the work folder whose files were kept; `left_out` is (path, reason).
    """

    sha: str
    tree: str
    head: str
    bundle: bool
    changed: int
    nested: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def clone_script(
    base_git: Path,
    target: str,
    *,
    base: str = "",
    start: str = "",
    bundle: Path | None = None,
    work: Path = WORK,
    python: str = "python3",
) -> list[str]:
    """A private clone at `start` (default: `base`, default: where base_git has the target), on a branch named work.

    `bundle` brings what `start` needs beyond base_git.
    """
    more = {"base-git": base_git, "target": target, "base": base, "start": start, "bundle": bundle}
    return _script("clone", work, python, more)


def identity_script(who: Person, *, work: Path = WORK, python: str = "python3") -> list[str]:
    """Name the author of the agent's own commits."""
    return _script("setup-identity", work, python, {"name": who.name, "email": who.email})


def snapshot_script(
    base_git: Path,
    git_dir: Path,
    *,
    parent: str,
    out: Path,
    who: Person = BOARD,
    message: str = "Snapshot",
    max_file: int = 20_000_000,
    work: Path = WORK,
    python: str = "python3",
) -> list[str]:
    """The work folder (bound read-only) as one commit on `parent`, bundled as REF; git_dir and out are the board's."""
    more = _taking(base_git, git_dir, parent, out, who, message, max_file)
    return _script("snapshot", work, python, more)


def collect_script(
    base_git: Path,
    git_dir: Path,
    *,
    parent: str,
    out: Path,
    who: Person = BOARD,
    message: str = "Work that was not committed",
    max_file: int = 100_000_000,
    bundle: Path | None = None,
    work: Path = WORK,
    python: str = "python3",
) -> list[str]:
    """The clone's own commits since `parent`, and what was left uncommitted on top, bundled as REF."""
    more = _taking(base_git, git_dir, parent, out, who, message, max_file)
    return _script("collect", work, python, {**more, "bundle": bundle})


def checkout_script(
    base_git: Path, tree: str, *, bundle: Path | None = None, work: Path = WORK, python: str = "python3"
) -> list[str]:
    """A commit's or tree's files in an empty folder, without a .git."""
    return _script("checkout", work, python, {"base-git": base_git, "tree": tree, "bundle": bundle})


def read_report(output: bytes | str) -> Report:
    """The answer of snapshot or collect; raises InsideFailed with the script's own words."""
    answer = read_answer(output)
    left_out = tuple((str(item["path"]), str(item["why"])) for item in answer.get("left_out", []))
    return Report(
        sha=str(answer.get("sha", "")),
        tree=str(answer["tree"]),
        head=str(answer.get("head", "")),
        bundle=bool(answer["bundle"]),
        changed=int(answer["changed"]),
        nested=tuple(map(str, answer.get("nested", []))),
        left_out=left_out,
        notes=tuple(map(str, answer.get("notes", []))),
    )


def read_answer(output: bytes | str) -> dict[str, Any]:
    """The last line of what inside.py wrote."""
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output
    lines = text.strip().split("\n")
    try:
        answer = json.loads(lines[-1])
    except json.JSONDecodeError:
        raise InsideFailed(f"no answer: {text.strip()[-300:] or 'nothing was written'}") from None
    if not isinstance(answer, dict) or "error" in answer:
        raise InsideFailed(str(answer.get("error") if isinstance(answer, dict) else answer))
    return answer


def _taking(
    base_git: Path, git_dir: Path, parent: str, out: Path, who: Person, message: str, max_file: int
) -> dict[str, object]:
    return {
        "base-git": base_git,
        "git-dir": git_dir,
        "parent": parent,
        "out": out,
        "ref": REF,
        "name": who.name,
        "email": who.email,
        "message": message,
        "max-file": max_file,
    }


def _script(command: str, work: Path, python: str, options: dict[str, object]) -> list[str]:
    given: Sequence[str] = [f"--{name}={value}" for name, value in options.items() if value not in ("", None)]
    return [python, "-I", "-S", str(INSIDE), command, f"--work={work}", *given]
