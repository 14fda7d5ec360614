"""Three-way merges of commits without a work tree of anybody."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from teamboard.git import commits, objects
from teamboard.git.command import Git, GitError
from teamboard.git.commits import BOARD

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged tree; with conflicts it holds git's markers in those files."""

    tree: str
    conflicts: tuple[str, ...]


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
