"""What the target would become with a change on it, built without a work tree and the same each time."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from teamboard.git import commits, compare, objects
from teamboard.git.command import Git, GitError
from teamboard.git.commits import BOARD, Person
from teamboard.git.stores import Stores

Method = Literal["merge", "squash"]

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The commit that the target is to become, and its tree, on which the checks run."""

    sha: str
    tree: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The files that both sides changed in ways git cannot bring together."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged tree; with conflicts it holds git's markers in those files."""

    tree: str
    conflicts: tuple[str, ...]


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


def conflicts(stores: Stores, a: str, b: str, base: str | None = None) -> list[str]:
    """The files in which two branches collide; with `base`, as if both had started there."""
    return list(merge_trees(stores.hub, a, b, base=base).conflicts)


def merge_trees(git: Git, ours: str, theirs: str, *, base: str | None = None) -> Merged:
    """A three-way merge of two commits. Exit 1 is a conflict; anything else is our trouble, never the change's."""
    if base is not None:
        # 2.39 knows no --merge-base: give both sides a parent that makes it the only merge base.
        ours, theirs = _grafted(git, ours, base), _grafted(git, theirs, base)
    with _attributes(git, ours) as place:
        # Attributes are looked up in a work tree only: an empty one that holds the target's, and no user's driver.
        result = replace(git, work_tree=place).try_run(
            "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories",
            ours, theirs, timeout=60, config=("core.bare=false", "merge.directoryRenames=true"),
        )  # fmt: skip
    if result.code not in (0, 1):
        raise GitError(result.code, result.err, ("merge-tree",))
    tree, *names = result.out.split(b"\0")
    files = tuple(dict.fromkeys(os.fsdecode(name) for name in names if name))
    return Merged(tree.decode().strip(), files if result.code == 1 else ())


@contextmanager
def _attributes(git: Git, commit: str) -> Iterator[Path]:
    """An empty work tree with just the .gitattributes of a commit in it."""
    with tempfile.TemporaryDirectory(prefix="teamboard-merge-") as name:
        for path, data in _attribute_files(git, commit):
            target = Path(name) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        yield Path(name)


@lru_cache(maxsize=512)
def _attribute_files(git: Git, commit: str) -> tuple[tuple[str, bytes], ...]:
    """Kept, because a branch list merges each branch with many others, and a commit never changes."""
    entries = [
        entry
        for entry in objects.list_tree(git, commit, recursive=True)
        if entry.path.split("/")[-1] == ".gitattributes" and entry.mode in ("100644", "100755")
    ]
    contents = objects.read_many(git, [entry.sha for entry in entries])
    return tuple((entry.path, content.data) for entry, content in zip(entries, contents, strict=True))


def _grafted(git: Git, commit: str, base: str) -> str:
    tree = git.text("rev-parse", "--verify", f"{commit}^{{tree}}")
    return commits.write(
        git, tree=tree, parents=[base], message="synthetic", author=BOARD, committer=BOARD, when=_EPOCH
    )


def patch_identity(stores: Stores, base: str, head: str) -> PatchIdentity:
    """Like `git patch-id --stable`, but white space counts: in Python it is code."""
    return identity_of(compare.full_diff(stores, base, head))


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
