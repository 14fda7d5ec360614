"""A tree made from another tree and the text of a patch, without a work tree."""

import tempfile
from dataclasses import replace
from pathlib import Path

from teamboard.git import policy
from teamboard.git.command import Git, GitError


class PatchRefused(Exception):
    """The patch cannot be applied here; the message says why."""


def patched_tree(git: Git, head: str, patch: bytes) -> str:
    """The tree of `head` with the patch applied in an index of its own; all of it or nothing."""
    with tempfile.TemporaryDirectory(prefix="teamboard-index-") as folder:
        own = replace(git, index=Path(folder) / "index")
        own.run("read-tree", head)
        try:
            own.run("apply", "--cached", "--whitespace=nowarn", "-", stdin=patch, timeout=30)
        except GitError as error:
            raise PatchRefused(" ".join(error.stderr.split())[:500] or "Git does not read it as a patch.") from error
        for path in own.run("diff-index", "--cached", "--name-only", "--no-renames", "-z", head).split(b"\0"):
            if path and (problem := policy.path_problem(path)):
                raise PatchRefused(f"The change is refused: {problem}.")
        return own.text("write-tree")
