"""The user's own repository, or a remote: looked at, fetched from, and moved by compare-and-set only."""

import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from teamboard.git import objects
from teamboard.git.checkouts import Checkout, SyncResult
from teamboard.git.command import Git, GitError, Result
from teamboard.git.commits import BOARD
from teamboard.git.location import (
    NETWORK_TIMEOUT,
    Inspection,
    Kind,
    UpstreamProblem,
    check_branch_name,
    git_at,
    inspect,
    kind_of,
    last_line,
    network,
    nowhere,
    one_protocol,
    open_local,
    traits,
)

__all__ = [
    "Branch",
    "Inspection",
    "Kind",
    "Locked",
    "Moved",
    "Outcome",
    "Raced",
    "SyncResult",
    "Upstream",
    "UpstreamProblem",
    "check_branch",
    "check_branch_name",
    "inspect",
    "traits",
]

# The reflog of the user's branch says who moved it, whether or not he has told git his own name.
_REFLOG_NAME = {"GIT_COMMITTER_NAME": BOARD.name, "GIT_COMMITTER_EMAIL": BOARD.email}
_FETCH = (
    "fetch", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules", "--quiet",
)  # fmt: skip
_RETRIES = (0.02, 0.1, 0.3)
_REF_LOCKED = ("Unable to create", "unable to lock", "cannot lock ref")


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch that is already there; `worktree` is where it is checked out."""

    name: str
    sha: str
    committed_at: datetime | None
    author: str
    subject: str
    worktree: str | None = None
    checked_out: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    sha: str


@dataclass(frozen=True, slots=True)
class Raced:
    """Somebody else moved the target first; it stands at `current` ("" when it is gone)."""

    current: str


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock that is not ours keeps the target from moving; it is never removed by us."""

    files: tuple[str, ...]


Outcome = Moved | Raced | Locked


class Upstream:
    """One upstream. Local: a work tree or a bare repository. Remote: a URL."""

    def __init__(self, location: str, kind: Kind | None = None) -> None:
        self.location = location
        self.kind: Kind = kind or kind_of(location)
        self._git: Git | None = None

    @property
    def git(self) -> Git:
        """Git on the local upstream."""
        if self._git is None:
            self._git = open_local(self.location)
        return self._git

    @property
    def url(self) -> str:
        return self.location if self.kind == "remote" else str(common_dir(self.git))

    def target_sha(self, target: str) -> str | None:
        """Where the target stands, read from the truth itself."""
        ref = f"refs/heads/{target}"
        if self.kind == "local":
            return objects.resolve(self.git, ref)
        out = network(nowhere(), "ls-remote", "--refs", "--", self.location, ref)
        return out.split()[0] if out.split() else None

    def branches(self, store: Git | None = None) -> list[Branch]:
        """Newest first. A remote's dates and subjects are known only with a store to fetch its branches into."""
        if self.kind == "local":
            places = {ref: str(path) for path, ref in worktrees(self.git)}
            return _branches(self.git, "refs/heads/", places)
        if store is None:
            lines = network(nowhere(), "ls-remote", "--heads", "--", self.location).splitlines()
            pairs = (line.split("\t", 1) for line in lines)
            return [Branch(ref.removeprefix("refs/heads/"), sha, None, "", "") for sha, ref in pairs]
        self._fetch(store, "+refs/heads/*:refs/upstream/*", prune=True)
        return _branches(store, "refs/upstream/", {})

    def fetch_into(self, store: Git, ref: str, dest: str) -> str:
        """Bring `ref` into the store as `dest`, whatever dest was; the sha it has now."""
        self._fetch(store, f"+{ref}:{dest}")
        sha = objects.resolve(store, dest)
        if sha is None:
            raise UpstreamProblem("no_such_branch", f"{ref} is not in {self.location}.", "Choose another branch.")
        return sha

    def _fetch(self, store: Git, refspec: str, *, prune: bool = False) -> None:
        flags = ["--prune"] if prune else []
        safe = () if self.kind == "remote" else (common_dir(self.git), *self.git.safe)
        git = Git(store.git_dir, profile="upstream", safe=safe)
        argv = (*_FETCH, *flags, "--", self.url, refspec)
        for pause in _RETRIES:
            try:
                network(git, *argv)
                return
            except GitError:
                time.sleep(pause)  # two fetches of the same branch at once: one waits for the other
        network(git, *argv)

    def push_objects(self, store: Git, sha: str) -> None:
        """Copy what `sha` needs into a local upstream, no ref touched. A remote gets them with the push."""
        if self.kind == "remote":
            return
        with tempfile.TemporaryFile() as pack:
            have = self.git.text("for-each-ref", "--format=%(objectname)", "refs/heads/").split()
            known = [f"^{line}" for line in objects.sizes(store, sorted(set(have)))]
            feed = "".join(f"{line}\n" for line in [sha, *known]).encode()
            store.run("pack-objects", "--revs", "--thin", "--stdout", "-q", stdin=feed, stdout=pack, timeout=120)
            pack.seek(0)
            self.git.run("unpack-objects", "-q", stdin=pack, timeout=120)

    def compare_and_set(self, target: str, new: str, old: str, *, store: Git | None = None) -> Outcome:
        """Move the target from old to new, or say who was there first. Its objects were pushed before."""
        ref = f"refs/heads/{target}"
        if self.kind == "remote":
            return self._push(store, ref, new, old)
        result = self.git.try_run(
            "update-ref", "--no-deref", "-m", "teamboard: merged", ref, new, old, env=_REFLOG_NAME
        )
        if result.code == 0:
            return Moved(new)
        return self._why_not(target, result, old)

    def _why_not(self, target: str, result: Result, old: str) -> Outcome:
        current = self.target_sha(target) or ""
        if current != old:
            return Raced(current)
        if any(word in result.err for word in _REF_LOCKED):
            return Locked(self.ref_locks(target))
        raise GitError(result.code, result.err, ("update-ref",))

    def _push(self, store: Git | None, ref: str, new: str, old: str) -> Outcome:
        if store is None:
            raise ValueError("a push to a remote needs the store that holds the commit")
        git = Git(store.git_dir, profile="upstream")
        result = git.try_run(
            "push", "--atomic", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{old}", "--", self.location,
            f"{new}:{ref}", timeout=NETWORK_TIMEOUT, config=one_protocol(("--", self.location)),
        )  # fmt: skip
        if result.code == 0:
            return Moved(new)
        current = self.target_sha(ref.removeprefix("refs/heads/")) or ""
        if current == old:
            raise UpstreamProblem("network", f"The remote refused the push: {last_line(result.err)}.")
        return Moved(new) if current == new else Raced(current)

    def ref_locks(self, target: str) -> tuple[str, ...]:
        """The lock files that stand in the way of moving the target in a local upstream."""
        folder = common_dir(self.git)
        names = (f"refs/heads/{target}.lock", "packed-refs.lock", "HEAD.lock")
        return tuple(str(folder / name) for name in names if (folder / name).exists())

    def checkouts_of(self, target: str) -> list[Path]:
        """Every work tree, linked ones included, that has the target checked out."""
        if self.kind == "remote":
            return []
        return [path for path, ref in worktrees(self.git) if ref == f"refs/heads/{target}" and path.is_dir()]

    def in_the_way(self, checkout: Path, old: str, new: str) -> list[str]:
        """The user's files that keep a landing off this work tree; asked before the target moves."""
        return self._checkout(checkout).in_the_way(old, new)

    def sync(self, checkout: Path, old: str, new: str, intent_id: str) -> SyncResult:
        """Bring a work tree along after the target moved; repeatable after a kill at any point."""
        return self._checkout(checkout).sync(old, new, intent_id)

    def conflicting_lock(self, checkout: Path, intent_id: str = "") -> str | None:
        """The index lock of somebody else; it is never removed by us."""
        return self._checkout(checkout).conflicting_lock(intent_id)

    def _checkout(self, path: Path) -> Checkout:
        return Checkout(path, git_at(path, str(path)))


def check_branch(upstream: Upstream, branch: str) -> str:
    """The sha of a branch that may be a target; raises UpstreamProblem for a name that cannot be one."""
    check_branch_name(branch)
    sha = upstream.target_sha(branch)
    if sha is None:
        raise UpstreamProblem(
            "no_such_branch", f"There is no branch {branch!r} in {upstream.location}.", "Choose one of its branches."
        )
    return sha


def common_dir(git: Git) -> Path:
    """The folder that all linked work trees share."""
    return (git.git_dir / git.text("rev-parse", "--git-common-dir")).resolve()


def worktrees(git: Git) -> list[tuple[Path, str]]:
    """(path, full name of the branch checked out there) of every work tree that has one."""
    found = []
    for block in git.run("worktree", "list", "--porcelain", "-z").split(b"\0\0"):
        words = dict(line.partition(b" ")[::2] for line in block.split(b"\0") if line)
        if b"branch" in words and b"bare" not in words:
            found.append((Path(os.fsdecode(words[b"worktree"])), os.fsdecode(words[b"branch"])))
    return found


def _branches(git: Git, prefix: str, places: dict[str, str]) -> list[Branch]:
    fields = "%(refname)%00%(objectname)%00%(committerdate:unix)%00%(authorname)%00%(contents:subject)%00%(symref)%01"
    out = git.run("for-each-ref", "--sort=-committerdate", f"--format={fields}", prefix)
    rows = (record.lstrip(b"\n").split(b"\0") for record in out.split(b"\1\n") if record.strip())
    return [_branch(row, prefix, places) for row in rows if len(row) == 6 and not row[5]]


def _branch(row: list[bytes], prefix: str, places: dict[str, str]) -> Branch:
    ref = os.fsdecode(row[0])
    when = datetime.fromtimestamp(int(row[2] or 0), UTC)
    author, subject = (field.decode("utf-8", "backslashreplace") for field in row[3:5])
    place = places.get(ref)
    return Branch(ref.removeprefix(prefix), row[1].decode(), when, author, subject, place, place is not None)
