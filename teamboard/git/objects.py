"""Objects read straight from a store: blobs, sizes and trees, many in one call."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from teamboard.git.command import Git

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NO_SHA = "0" * 40
_SHA = re.compile(r"[0-9a-f]{40}\Z")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree: mode as git writes it (100644, 100755, 120000, 160000, 40000)."""

    mode: str
    sha: str
    path: str


@dataclass(frozen=True, slots=True)
class Object:
    """What `cat-file --batch` says about one name; kind is "missing" for what is not there."""

    sha: str
    kind: str
    data: bytes


def is_sha(text: str) -> bool:
    return bool(_SHA.match(text))


def resolve(git: Git, name: str) -> str | None:
    """The commit that a full ref name or a full sha stands for; anything else is not looked up."""
    if not (is_sha(name) or name.startswith("refs/")):
        return None
    result = git.try_run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return result.out.decode().strip() if result.code == 0 else None


def read_many(git: Git, names: Sequence[str], *, limit: int = 64_000_000) -> list[Object]:
    """The objects behind these names (sha or sha:path), in order. Names may hold no newline."""
    if not names:
        return []
    feed = b"".join(os.fsencode(name) + b"\n" for name in names)
    return list(_parse_batch(git.run("cat-file", "--batch", stdin=feed, limit=limit, timeout=30)))


def _parse_batch(out: bytes) -> Iterator[Object]:
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        words = out[at:end].rsplit(b" ", 2)
        if len(words) < 3 or not words[-1].isdigit():
            yield Object("", "missing", b"")
            at = end + 1
            continue
        size = int(words[2])
        yield Object(words[0].decode(), words[1].decode(), out[end + 1 : end + 1 + size])
        at = end + 2 + size


def sizes(git: Git, shas: Sequence[str]) -> dict[str, int]:
    """sha -> size in bytes, of those that exist."""
    if not shas:
        return {}
    feed = "".join(f"{sha}\n" for sha in shas).encode()
    out = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=feed, timeout=30)
    rows = (line.split() for line in out.decode().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def blob_at(git: Git, sha: str, path: str, *, limit: int = 64_000_000) -> bytes | None:
    """The bytes of the file at a commit or tree, or None when there is no such file."""
    entry = entry_at(git, sha, path)
    if entry is None or entry.mode in ("40000", "040000", "160000"):
        return None
    return git.run("cat-file", "blob", entry.sha, limit=limit, timeout=30)


def entry_at(git: Git, sha: str, path: str) -> Entry | None:
    found = [entry for entry in list_tree(git, sha, path) if entry.path == path]
    return found[0] if found else None


def list_tree(git: Git, sha: str, *paths: str, recursive: bool = False, limit: int = 200_000_000) -> list[Entry]:
    """The tree's entries, of all its folders when asked; -z, so no name can fool us."""
    flags = ["-r"] if recursive else []
    out = git.run("ls-tree", "-z", "--full-tree", *flags, sha, "--", *paths, limit=limit, timeout=60)
    entries = []
    for record in out.split(b"\0")[:-1]:
        head, name = record.split(b"\t", 1)
        mode, _kind, entry_sha = head.decode().split()
        entries.append(Entry(mode, entry_sha, os.fsdecode(name)))
    return entries


def objects_folder(git: Git) -> Path:
    return git.git_dir / "objects"


def first_bytes(git: Git, blob: str, count: int = 8000) -> bytes:
    """The start of a blob; the rest of a huge one is never read."""
    return git.head("cat-file", "blob", blob, count=count)
