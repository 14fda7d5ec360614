"""What is at a path or URL: is it a repository we can work for, and if not, why and what to do about it."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from teamboard.git import objects
from teamboard.git.command import Git, GitError

Kind = Literal["local", "remote"]

NETWORK_TIMEOUT = 600.0
_URL = re.compile(r"\A(https?|ssh|git|file)://|\A[\w.-]+@[\w.-]+:")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


class UpstreamProblem(Exception):
    """Why a repository cannot be used as it is, and what to do about it."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.code = code
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a repository is, before anything is taken from it. Of a remote, submodules and lfs are not known yet."""

    kind: Kind
    location: str
    bare: bool
    default_branch: str
    head_detached: bool
    empty: bool
    submodules: bool
    lfs: bool


def kind_of(location: str) -> Kind:
    return "remote" if _URL.match(location) and not Path(location).exists() else "local"


def inspect(location: str) -> Inspection:
    """Look at a path or URL; raises UpstreamProblem with a sentence and a remedy."""
    location = location.strip()
    if location.startswith("-") or not location or "\0" in location:
        raise UpstreamProblem("not_a_repository", f"{location!r} is not a path.", "Give the path of a repository.")
    return _inspect_remote(location) if kind_of(location) == "remote" else _inspect_local(location)


def check_branch_name(branch: str) -> None:
    """Refuse a name that cannot stand for a branch, or that reads like a flag."""
    if branch.startswith("-"):
        raise UpstreamProblem(
            "branch_like_flag",
            f"The branch {branch!r} is named like a command line flag.",
            "Rename it with git branch -m and open the repository again.",
        )
    if "\0" in branch or nowhere().try_run("check-ref-format", f"refs/heads/{branch}").code != 0:
        raise UpstreamProblem(
            "no_such_branch", f"{branch!r} is no name that git allows for a branch.", "Choose one of its branches."
        )


def traits(git: Git, revision: str) -> tuple[bool, bool]:
    """Whether a commit holds submodules, and whether it keeps files in LFS."""
    entries = objects.list_tree(git, revision, recursive=True)
    attributes = [entry.sha for entry in entries if entry.path.split("/")[-1] == ".gitattributes"]
    lfs = any(b"filter=lfs" in item.data for item in objects.read_many(git, attributes))
    return any(entry.mode == "160000" for entry in entries), lfs


def _inspect_remote(location: str) -> Inspection:
    out = network(nowhere(), "ls-remote", "--symref", "--", location)
    refs = [line.split("\t") for line in out.splitlines()]
    head = next((row[0].split()[-1] for row in refs if row[0].startswith("ref: ") and row[-1] == "HEAD"), "")
    heads = [row[-1] for row in refs if row[-1].startswith("refs/heads/")]
    if not heads:
        raise _empty(location)
    default = head if head in heads else _likely_default(heads)
    return Inspection("remote", location, True, default.removeprefix("refs/heads/"), not head, False, False, False)


def _inspect_local(location: str) -> Inspection:
    git = open_local(location)
    symbolic = git.try_run("symbolic-ref", "--quiet", "HEAD")
    heads = git.text("for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/heads/").split("\n")
    if heads == [""]:
        raise _empty(location)
    if git.text("rev-parse", "--is-shallow-repository") == "true":
        raise UpstreamProblem(
            "shallow",
            f"{location} is a shallow clone: part of its history is missing.",
            "Run git fetch --unshallow there.",
        )
    head = os.fsdecode(symbolic.out).strip()
    default = head if head in heads else _likely_default(heads)
    bare = git.text("rev-parse", "--is-bare-repository") == "true"
    submodules, lfs = traits(git, default)
    name = default.removeprefix("refs/heads/")
    path = str(Path(location).expanduser().resolve())
    return Inspection("local", path, bare, name, not head, False, submodules, lfs)


def _likely_default(heads: Sequence[str]) -> str:
    usual = (f"refs/heads/{name}" for name in ("main", "master", "trunk", "develop"))
    return next((ref for ref in usual if ref in heads), heads[0])


def _empty(location: str) -> UpstreamProblem:
    return UpstreamProblem("empty", f"{location} has no commit yet.", "Make a first commit, then open it again.")


def open_local(location: str) -> Git:
    """Git on the repository right at this path, in the user's own profile."""
    path = Path(location).expanduser()
    try:
        path = path.resolve(strict=True)
        readable = path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    except FileNotFoundError:
        raise UpstreamProblem("not_a_repository", f"There is nothing at {location}.", "Check the path.") from None
    except (OSError, RuntimeError) as error:
        raise _unreadable(location, getattr(error, "strerror", None) or str(error)) from None
    if not readable:
        raise _unreadable(location, "it is not a folder that this user may read")
    return git_at(path, location)


def git_at(path: Path, location: str) -> Git:
    """Of a work tree its .git, of a bare repository itself; never a repository of a parent folder."""
    inner = path / ".git"
    try:
        git_dir = _pointed_at(inner, path) if inner.is_file() else inner if inner.exists() else path
        found = (git_dir / "HEAD").exists()
    except OSError as error:
        raise _unreadable(location, error.strerror or str(error)) from None
    if not found:
        raise UpstreamProblem(
            "not_a_repository", f"{location} is not a git repository.", "Run git init there, or give another path."
        )
    git = Git(git_dir, profile="upstream", safe=(path, git_dir))
    if (result := git.try_run("rev-parse", "--git-dir")).code != 0:
        raise _unreadable(location, last_line(result.err))
    return git


def _pointed_at(file: Path, path: Path) -> Path:
    text = file.read_text(errors="surrogateescape").strip()
    return (path / text.removeprefix("gitdir:").strip()).resolve()


def _unreadable(location: str, why: str) -> UpstreamProblem:
    return UpstreamProblem("unreadable", f"{location} cannot be read: {why}.", "Check its owner and permissions.")


def nowhere() -> Git:
    """Git on no repository at all, for what needs none."""
    return Git(Path("/nonexistent"), profile="upstream")


def network(git: Git, *argv: str) -> str:
    """A call that may reach over the network; its failures get the words a user can act on."""
    try:
        return os.fsdecode(git.run(*argv, timeout=NETWORK_TIMEOUT, limit=100_000_000, config=one_protocol(argv)))
    except GitError as error:
        if is_ref_locked(error):
            raise
        reason = last_line(error.stderr)
        if "couldn't find remote ref" in error.stderr:
            raise UpstreamProblem("no_such_branch", f"The branch is gone: {reason}.", "Choose another one.") from error
        if "possible repository corruption" in error.stderr:
            raise UpstreamProblem(
                "incomplete",
                "The repository lacks objects that its commits name: it is a partial clone, or damaged.",
                "Run git fsck there to see what is missing; git fetch --refetch fills a clone again.",
            ) from error
        raise UpstreamProblem(
            "network", f"The repository could not be reached: {reason}.", "Check the address and your access to it."
        ) from error


def is_ref_locked(error: GitError) -> bool:
    """Another git was just writing the same ref of our store, or was killed while it did."""
    return "cannot lock ref" in error.stderr or ".lock': File exists" in error.stderr


def one_protocol(argv: Sequence[str]) -> list[str]:
    """Allow just the protocol of the address that stands behind the `--`."""
    url = argv[argv.index("--") + 1]
    scheme = url.split("://", 1)[0] if "://" in url else ("ssh" if _URL.match(url) else "file")
    return ["protocol.allow=never", f"protocol.{scheme}.allow=always"]


def last_line(text: str) -> str:
    """Git's own reason, without its prefix and without a password that an address may hold."""
    lines = [line for line in text.splitlines() if line.strip()]
    line = lines[-1].removeprefix("fatal: ").removeprefix("error: ").rstrip(".") if lines else "no reason given"
    return _PASSWORD.sub("", line)
