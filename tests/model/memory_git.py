"""Git in memory, behind the faces of Stores, Upstream and `candidates`: what the simulator lands on.

A tree is a dict of contents by path. Every store knows only what was copied into it, and each effect is durable at
once, whatever becomes of the process that made it.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from teamboard.git.candidates import Candidate, Conflict, PatchIdentity, identity_of
from teamboard.git.checkouts import SyncResult
from teamboard.git.command import GitError
from teamboard.git.commits import Commit, Person
from teamboard.git.diff import FileDiff, Hunk, Line
from teamboard.git.stores import StoreBusy
from teamboard.git.upstream import Locked, Moved, Raced
from teamboard.lib.killpoints import kill_point

Tree = dict[str, str]


def name_of(*parts: object) -> str:
    return hashlib.sha1(repr(parts).encode()).hexdigest()


@dataclass
class Objects:
    """All commits and trees there are, of every repository of one world."""

    trees: dict[str, Tree] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    tree_of: dict[str, str] = field(default_factory=dict)

    def tree(self, files: Tree) -> str:
        sha = name_of("tree", sorted(files.items()))
        self.trees[sha] = dict(files)
        return sha

    def commit(self, tree: str, parents: Sequence[str], message: str, who: Person, when: datetime) -> str:
        sha = name_of("commit", tree, list(parents), message, who.name, when.timestamp())
        subject, _, body = message.partition("\n")
        self.commits[sha] = Commit(sha, tuple(parents), who.name, who.email, when, subject, body.strip())
        self.tree_of[sha] = tree
        return sha

    def files(self, sha: str) -> Tree:
        return self.trees[self.tree_of.get(sha, sha)]

    def closure(self, sha: str) -> set[str]:
        found: set[str] = set()
        ahead = [sha]
        while ahead:
            at = ahead.pop()
            if at not in found:
                found.add(at)
                ahead += self.commits[at].parents
        return found

    def first_parents(self, sha: str) -> list[str]:
        line = [sha]
        while self.commits[line[-1]].parents:
            line.append(self.commits[line[-1]].parents[0])
        return line

    def merge_base(self, a: str, b: str) -> str | None:
        mine = self.closure(a)
        common = [sha for sha in self.closure(b) if sha in mine]
        # The one from which most can be reached; histories here are small.
        return max(common, key=lambda sha: len(self.closure(sha)), default=None)


class Work:
    """A work tree with the target checked out: the user's files, his ignored ones among them."""

    def __init__(self, files: Tree) -> None:
        self.files = dict(files)
        self.own: Tree = {}
        self.locked = False

    def in_the_way(self, old: Tree, new: Tree) -> list[str]:
        changed = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
        dirty = {path for path in changed if path not in self.own and self.files.get(path) != old.get(path)}
        return sorted(dirty | {path for path in changed if path in self.own})

    def sync(self, old: Tree, new: Tree) -> SyncResult:
        if self.locked:
            return SyncResult(False, [], "/work/.git/index.lock")
        kill_point("sync_locked")
        left = []
        for path in sorted(old.keys() | new.keys()):
            if old.get(path) == new.get(path) or self.files.get(path) == new.get(path):
                continue
            if path in self.own or self.files.get(path) != old.get(path):
                left.append(path)
            elif path in new:
                self.files[path] = new[path]
                kill_point("sync_file_written")
            else:
                del self.files[path]
                kill_point("sync_file_removed")
        kill_point("sync_files_done")
        kill_point("sync_index_done")
        return SyncResult(True, left)


class Upstream:
    """The user's repository. `refs` and `known` are on disk: no crash takes them back."""

    def __init__(self, objects: Objects, first: str) -> None:
        self.objects, self.target = objects, first
        self.known = objects.closure(first)
        # Told of each move that a program makes, before anything else can happen.
        self.heard: Callable[[tuple[str, str, str]], None] = lambda move: None
        self.work: Work | None = None
        self.locked = False
        self.kind = "local"

    def target_sha(self, target: str) -> str | None:
        return self.target

    def push_objects(self, store: object, sha: str) -> None:
        self.known |= self.objects.closure(sha)

    def compare_and_set(self, target: str, new: str, old: str, *, store: object = None) -> Moved | Raced | Locked:
        if new not in self.known:
            raise GitError(128, "fatal: not a valid object", ("update-ref",))
        if self.target != old:
            return Raced(self.target)
        if self.locked:
            return Locked(("refs/heads/main.lock",))
        self.target = new
        self.heard((old, new, "board"))
        return Moved(new)

    def checkouts_of(self, target: str) -> list[Path]:
        return [Path("/work")] if self.work else []

    def conflicting_lock(self, checkout: Path, intent_id: str = "") -> str | None:
        return "/work/.git/index.lock" if self.work and self.work.locked else None

    def in_the_way(self, checkout: Path, old: str, new: str) -> list[str]:
        return self.work.in_the_way(self.objects.files(old), self.objects.files(new)) if self.work else []

    def sync(self, checkout: Path, old: str, new: str, intent_id: str) -> SyncResult:
        assert self.work is not None
        return self.work.sync(self.objects.files(old), self.objects.files(new))


class Stores:
    """The board's two stores as one; it knows what was fetched or made."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.refs: dict[str, str] = {}
        self.held = False
        # A broken flock (a network disk, a second machine): the rows and the compare-and-set must do without it.
        self.lock_works = True
        self.hub = self.base = self

    @contextmanager
    def lock(self, timeout: float = 10.0) -> Iterator[None]:
        if self.held and self.lock_works:
            raise StoreBusy("somebody else holds the lock")
        before, self.held = self.held, True
        try:
            yield
        finally:
            self.held = before

    def clear_stale_locks(self) -> list[str]:
        return []

    def mirror(self, upstream: Upstream, target: str) -> str:
        self.refs[f"refs/heads/{target}"] = upstream.target
        return upstream.target

    def resolve(self, ref: str) -> str | None:
        return self.refs.get(ref) or (ref if ref in self.objects.commits else None)

    def set_ref(self, ref: str, new: str, old: str | None = None) -> bool:
        if old is not None and self.refs.get(ref) != old:
            return False
        self.refs[ref] = new
        return True

    def refs_outside(self, head: str, prefix: str) -> dict[str, str]:
        held = self.objects.closure(head)
        return {name: sha for name, sha in self.refs.items() if name.startswith(prefix) and sha not in held}

    def tree_of(self, sha: str) -> str:
        return self.objects.tree_of[sha]

    def is_ancestor(self, a: str, b: str) -> bool:
        return a in self.objects.closure(b)

    def merge_base(self, a: str, b: str) -> str | None:
        return self.objects.merge_base(a, b)

    def blob(self, sha: str, path: str) -> bytes | None:
        text = self.objects.files(sha).get(path)
        return None if text is None else text.encode()

    def commits(self, base: str, head: str, *, count: int = 1000) -> list[Commit]:
        before = self.objects.closure(base)
        return [self.objects.commits[sha] for sha in self.objects.first_parents(head) if sha not in before]


def build(
    stores: Stores,
    *,
    parent: str,
    head: str,
    message: str,
    author: Person,
    when: datetime,
    method: str = "merge",
) -> Candidate | Conflict:
    objects = stores.objects
    base = objects.files(objects.merge_base(parent, head) or parent)
    ours, theirs = objects.files(parent), objects.files(head)
    merged, clashes = dict(ours), []
    for path in base.keys() | theirs.keys():
        was, mine, other = base.get(path), ours.get(path), theirs.get(path)
        if was == other or mine == other:
            continue
        if mine != was:
            clashes.append(path)
        elif other is None:
            del merged[path]
        else:
            merged[path] = other
    if clashes:
        return Conflict(tuple(sorted(clashes)))
    tree = objects.tree(merged)
    parents = [parent, head] if method == "merge" else [parent]
    return Candidate(objects.commit(tree, parents, message, author, when), tree)


def full_diff(stores: Stores, base: str, head: str, *, context: int = 3) -> list[FileDiff]:
    """Every file has one line, so each edit is the whole file."""
    old, new = stores.objects.files(base), stores.objects.files(head)
    changed = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return [_file_diff(path, old.get(path), new.get(path)) for path in changed]


def _file_diff(path: str, old: str | None, new: str | None) -> FileDiff:
    gone = () if old is None else (Line("delete", 1, None, old),)
    come = () if new is None else (Line("add", None, 1, new),)
    hunk = Hunk(len(gone), len(gone), len(come), len(come), "", gone + come)
    status: Literal["A", "D", "M"] = "A" if old is None else "D" if new is None else "M"
    blobs = (name_of("blob", old), name_of("blob", new))
    return FileDiff(path, path, status, *blobs, "100644", "100644", len(come), len(gone), False, False, (hunk,))


def patch_identity(stores: Stores, base: str, head: str) -> PatchIdentity:
    return identity_of(full_diff(stores, base, head))


def edits_of(stores: Stores, base: str, head: str) -> dict[str, str]:
    return patch_identity(stores, base, head).per_file
