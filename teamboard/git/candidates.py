"""What the target would become with a change on it, built without a work tree and the same each time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from teamboard.git import compare
from teamboard.git.commits import BOARD, Person
from teamboard.git.merging import Merged, merge_trees
from teamboard.git.replay import Replayed, Stuck, replay
from teamboard.git.stores import Stores

__all__ = [
    "Candidate",
    "Conflict",
    "Merged",
    "Method",
    "PatchIdentity",
    "Replayed",
    "build",
    "conflicts",
    "edits_of",
    "identity_of",
    "merge_trees",
    "patch_identity",
    "rebase",
]

Method = Literal["merge", "squash"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """The commit that the target is to become, and its tree, on which the checks run.

    `steps`: of a rebase every commit that the target would show, oldest first, the last of them the candidate itself.
    """

    sha: str
    tree: str
    steps: tuple[Replayed, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """The files that both sides changed in ways git cannot bring together; of a rebase, in which of its commits."""

    files: tuple[str, ...]
    commit: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class PatchIdentity:
    """A change's content without its place: equal after a rebase that changed nothing of it, white space included."""

    total: str
    per_file: dict[str, str]
    additions: int
    deletions: int
    files: int


def build(
    stores: Stores,
    *,
    parent: str,
    head: str,
    message: str,
    author: Person,
    committer: Person = BOARD,
    when: datetime,
    method: Method = "merge",
) -> Candidate | Conflict:
    """The same arguments give the same commit, so a rebuild after a crash finds its verdicts again."""
    merged = merge_trees(stores.hub, parent, head)
    if merged.conflicts:
        return Conflict(merged.conflicts)
    parents = [parent, head] if method == "merge" else [parent]
    sha = stores.commit(merged.tree, parents, message, author, committer, when)
    return Candidate(sha, merged.tree)


def rebase(
    stores: Stores, *, parent: str, base: str, head: str, committer: Person = BOARD, when: datetime
) -> Candidate | Conflict:
    """The commits base..head one after the other on `parent`; what stands there already stays as it is."""
    steps = replay(stores.hub, base, head, parent, committer, when)
    if isinstance(steps, Stuck):
        return Conflict(steps.files, steps.commit, steps.subject)
    if not steps:
        return Candidate(parent, stores.tree_of(parent))
    return Candidate(steps[-1].sha, steps[-1].tree, steps)


def conflicts(stores: Stores, a: str, b: str, base: str | None = None) -> list[str]:
    """The files in which two branches collide; with `base`, as if both had started there."""
    return list(merge_trees(stores.hub, a, b, base=base).conflicts)


def patch_identity(stores: Stores, base: str, head: str) -> PatchIdentity:
    """Like `git patch-id --stable`, but white space counts: in Python it is code."""
    return identity_of(compare.full_diff(stores, base, head))


def edits_of(stores: Stores, base: str, head: str) -> dict[str, str]:
    """Each file's identity without the lines around its edits."""
    return identity_of(compare.full_diff(stores, base, head, context=0)).per_file


def identity_of(files: Sequence[compare.FileDiff]) -> PatchIdentity:
    per_file = {file.path: _file_identity(file) for file in files}
    total = hashlib.sha1(
        "".join(f"{path}\0{per_file[path]}\n" for path in sorted(per_file)).encode("utf-8", "surrogateescape")
    )
    additions = sum(file.additions for file in files)
    deletions = sum(file.deletions for file in files)
    return PatchIdentity(total.hexdigest() if files else "", per_file, additions, deletions, len(files))


def _file_identity(file: compare.FileDiff) -> str:
    """Of what is shown: names, modes and lines with their context; of a binary or big file, its blobs."""
    head = f"{file.status}\0{file.old_path}\0{file.path}\0{file.old_mode}\0{file.new_mode}\n"
    digest = hashlib.sha1(head.encode("utf-8", "surrogateescape"))
    if file.binary or file.too_big:
        digest.update(f"{file.old_blob} {file.new_blob}".encode())
    for hunk in file.hunks:
        text = "\n".join(f"{line.kind[0]}{line.text}{'!' if line.no_newline else ''}" for line in hunk.lines)
        digest.update(f"@@\n{text}\n".encode())
    return digest.hexdigest()
