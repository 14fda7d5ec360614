"""A branch's commits put one by one on top of another commit, as a rebase does, and the same each time.

Git 2.39 can merge only what has a common ancestor, so each commit is merged through synthetic parents (D37).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from teamboard.git import merging, objects
from teamboard.git.command import Git
from teamboard.git.commits import Person, write

_LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """One commit on its new place."""

    sha: str
    tree: str
    subject: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """The commit that does not fit on its new place, and the files in which it collides."""

    commit: str
    subject: str
    files: tuple[str, ...]


@lru_cache(maxsize=64)
def replay(
    git: Git, base: str, head: str, onto: str, committer: Person, when: datetime
) -> tuple[Replayed, ...] | Stuck:
    """The commits of base..head on `onto`, oldest first. Merges fall away, and so does what changes nothing any more.

    Kept, because commits never change and each look at the queue asks again.
    """
    done: list[Replayed] = []
    at, tree = onto, _tree_of(git, onto)
    for commit in _commits(git, base, head, onto):
        parents, message, kept = _read(git, commit)
        subject = message.strip().split(b"\n")[0].decode("utf-8", "backslashreplace")[:120]
        if parents == [at]:
            sha, made = commit, _tree_of(git, commit)
        else:
            merged = merging.merge_trees(git, at, commit, base=parents[0] if parents else _empty(git, committer, when))
            if merged.conflicts:
                return Stuck(commit, subject, merged.conflicts)
            made = merged.tree
            if made == tree:
                continue
            sha = _write(git, made, at, kept, message, committer, when)
        done.append(Replayed(sha, made, subject))
        at, tree = sha, made
    return tuple(done)


def _commits(git: Git, base: str, head: str, onto: str) -> list[str]:
    """What the target has already is not put on it again."""
    limit = f"-{_LONGEST}"
    return git.text("rev-list", "--reverse", "--topo-order", "--no-merges", limit, head, f"^{base}", f"^{onto}").split()


def _read(git: Git, commit: str) -> tuple[list[str], bytes, list[bytes]]:
    """Parents, message, and the lines that stay: whoever wrote it, when, and in which encoding. A signature is void."""
    head, _, message = git.run("cat-file", "commit", commit).partition(b"\n\n")
    lines = head.split(b"\n")
    parents = [line[7:].decode() for line in lines if line.startswith(b"parent ")]
    return parents, message, [line for line in lines if line.startswith((b"author ", b"encoding "))]


def _write(
    git: Git, tree: str, parent: str, kept: list[bytes], message: bytes, committer: Person, when: datetime
) -> str:
    raw = b"\n".join([*_lines(tree, parent, kept, committer, when), b"", message])
    return git.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw).decode().strip()


def _lines(tree: str, parent: str, kept: list[bytes], committer: Person, when: datetime) -> Iterator[bytes]:
    yield f"tree {tree}".encode()
    yield f"parent {parent}".encode()
    yield from (line for line in kept if line.startswith(b"author "))
    yield f"committer {committer.name} <{committer.email}> {int(when.timestamp())} +0000".encode()
    yield from (line for line in kept if line.startswith(b"encoding "))


def _tree_of(git: Git, commit: str) -> str:
    return git.text("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")


def _empty(git: Git, committer: Person, when: datetime) -> str:
    """What stands before a commit without parents."""
    author = committer
    return write(
        git, tree=objects.EMPTY_TREE, parents=[], message="empty", author=author, committer=committer, when=when
    )
