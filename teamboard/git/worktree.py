"""What a user's work tree and index hold at the paths that a landing changes."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from teamboard.git.command import Git
from teamboard.git.objects import Entry

GITLINK = "160000"
LINK = "120000"
FOLDER = "40000"


@dataclass(frozen=True, slots=True)
class Step:
    """One path that the landing changes: before, after, and in the user's index (None: not there).

    `skipped` is a path that a sparse check-out leaves out of the work tree.
    """

    path: str
    old: Entry | None
    new: Entry | None
    staged: Entry | None
    skipped: bool

    @property
    def gitlink(self) -> bool:
        return any(side is not None and side.mode == GITLINK for side in (self.old, self.new))

    @property
    def index_is_ours(self) -> bool:
        """The user staged nothing of his own here."""
        return same(self.staged, self.old) or same(self.staged, self.new)


def same(a: Entry | None, b: Entry | None) -> bool:
    """The same content of the same kind."""
    if a is None or b is None:
        return a is b
    return (a.mode, a.sha) == (b.mode, b.sha)


def steps(git: Git, old: str, new: str) -> list[Step]:
    """Every path that differs between two commits, with what the index has there."""
    fields = git.run(
        "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", old, new, limit=100_000_000, timeout=60
    ).split(b"\0")
    changes = [
        (os.fsdecode(path), raw.decode()[1:].split()) for raw, path in zip(fields[::2], fields[1::2], strict=False)
    ]
    index = _index(git)
    return [
        Step(path, _entry(row[0], row[2], path), _entry(row[1], row[3], path), *index.get(path, (None, False)))
        for path, row in changes
    ]


def _entry(mode: str, sha: str, path: str) -> Entry | None:
    return None if mode == "000000" else Entry(mode, sha, path)


def _index(git: Git) -> dict[str, tuple[Entry | None, bool]]:
    """path -> (entry, skipped). A path in conflict gets an entry that equals nothing."""
    found: dict[str, tuple[Entry | None, bool]] = {}
    for record in git.run("ls-files", "-t", "-s", "-z", limit=400_000_000, timeout=60).split(b"\0")[:-1]:
        head, name = record.split(b"\t", 1)
        tag, mode, sha, stage = head.decode().split()
        path = os.fsdecode(name)
        found[path] = (Entry(mode, sha if stage == "0" else "in conflict", path), tag == "S")
    return found


def present(git: Git, paths: Sequence[str]) -> dict[str, Entry | None]:
    """What the work tree holds at these paths, read as git would store it; nothing is seen through a link."""
    assert git.work_tree is not None
    root, trust_mode = git.work_tree, _trusts_mode(git)
    found: dict[str, Entry | None] = {path: _unhashed(root, path) for path in paths}
    files = [entry for entry in found.values() if entry is not None and entry.sha == ""]
    hashed = _hash(git, [entry.path for entry in files if entry.mode != FOLDER])
    for entry in files:
        mode = entry.mode if trust_mode else "100644"
        found[entry.path] = Entry(mode, hashed.get(entry.path, ""), entry.path)
    return found


def _unhashed(root: Path, path: str) -> Entry | None:
    place = root / path
    if behind_link(root, path):
        return None
    try:
        facts = place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(facts.st_mode):
        return Entry(LINK, _blob_sha(os.fsencode(os.readlink(place))), path)
    if not stat.S_ISREG(facts.st_mode):
        return Entry(FOLDER, "", path)
    return Entry("100755" if facts.st_mode & stat.S_IXUSR else "100644", "", path)


def behind_link(root: Path, path: str) -> bool:
    return any((root / folder).is_symlink() for folder in folders(path))


def folders(path: str) -> list[str]:
    """a/b/c -> a, a/b."""
    parts = path.split("/")
    return ["/".join(parts[:at]) for at in range(1, len(parts))]


def _blob_sha(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _hash(git: Git, paths: Sequence[str]) -> dict[str, str]:
    """The user's own clean filters and line end rules apply, as they would on add."""
    if not paths:
        return {}
    feed = b"".join(_c_quoted(os.fsencode(path)) + b"\n" for path in paths)
    out = git.run("hash-object", "--stdin-paths", stdin=feed, limit=100_000_000, timeout=120)
    return dict(zip(paths, out.decode().split(), strict=True))


def _c_quoted(path: bytes) -> bytes:
    plain = all(32 <= byte < 127 and byte not in b'"\\' for byte in path)
    return path if plain else b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'


def _trusts_mode(git: Git) -> bool:
    return git.try_run("config", "--type=bool", "core.fileMode").out.strip() != b"false"


def files_below(folder: Path) -> Iterator[Path]:
    for place, inner, files in os.walk(folder):
        for name in files:
            yield Path(place) / name
        yield from (Path(place) / name for name in inner if (Path(place) / name).is_symlink())
