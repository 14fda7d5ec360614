"""A tree made from another tree and some new file contents, without a work tree."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from teamboard.git import objects, policy
from teamboard.git.command import Git


def edited_tree(git: Git, head: str, files: Mapping[str, bytes | None]) -> str:
    """The tree of `head` with these contents put in; a file keeps its mode, a new one is a plain file."""
    for path in files:
        if problem := policy.path_problem(os.fsencode(path)):
            raise ValueError(problem)
    with tempfile.TemporaryDirectory(prefix="teamboard-index-") as folder:
        own = replace(git, index=Path(folder) / "index")
        own.run("read-tree", head)
        modes = {entry.path: entry.mode for entry in objects.list_tree(git, head, *files)} if files else {}
        feed = b"".join(_line(git, path, data, modes.get(path, "100644")) for path, data in files.items())
        own.run("update-index", "-z", "--index-info", stdin=feed)
        return own.text("write-tree")


def _line(git: Git, path: str, data: bytes | None, mode: str) -> bytes:
    if data is None:
        return f"0 {objects.NO_SHA}\t".encode() + os.fsencode(path) + b"\0"
    sha = git.run("hash-object", "-w", "-t", "blob", "--stdin", stdin=data).decode().strip()
    kept = mode if mode in ("100644", "100755", "120000") else "100644"
    return f"{kept} {sha}\t".encode() + os.fsencode(path) + b"\0"
