"""The board's two bare stores per project: base (what sandboxes may read) and hub (everything else)."""

import fcntl
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from teamboard.git import commits, edits, intake, objects
from teamboard.git.command import Git, GitError
from teamboard.git.commits import BOARD, Commit, Person
from teamboard.git.upstream import Upstream, check_branch_name

_HELD = "File exists"
_RETRIES = (0.02, 0.1, 0.3)
_STALE_SECONDS = 20.0
# Refs that nobody writes without holding the project's lock.
_OWN = "/refs/candidates/"


class StoreBusy(Exception):
    """Somebody else holds the project's lock and did not let go in time."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """How far a branch is from the target."""

    ahead: int
    behind: int


class Stores:
    """The stores of one project under `root`: base.git, hub.git (borrowing from base) and board.lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base = Git(root / "base.git")
        self.hub = Git(root / "hub.git")
        self._held = False

    def create(self) -> None:
        """Make both stores; harmless when they are there, or half there because a git was killed. Hold `lock`."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for git in (self.base, self.hub):
            Git(self.root).run("init", "--bare", "--quiet", "--template=", str(git.git_dir))
            # HEAD names a ref that nobody writes, so a killed update leaves one lock at most.
            git.run("symbolic-ref", "HEAD", "refs/heads/_none")
        info = self.hub.git_dir / "objects/info"
        info.mkdir(exist_ok=True)
        (info / "alternates").write_text("../../base.git/objects\n")

    @contextmanager
    def lock(self, timeout: float = 10.0) -> Iterator[None]:
        """The one writer of this project on this machine. Stale ref locks are nobody's while it is held (D3)."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.root / "board.lock", "a+b") as file:
            _wait_for_lock(file, timeout)
            self._held = True
            try:
                yield
            finally:
                self._held = False

    def clear_stale_locks(self) -> list[str]:
        """Remove lock files that a killed git left in our own stores; only who holds `lock` may (D3).

        Patch sets arrive without it, so a lock of a ref that others write too is nobody's only once it is older than
        any git of ours can be.
        """
        if not self._held:
            raise RuntimeError("stale locks are nobody's only while the project's lock is held")
        return [
            str(path.relative_to(self.root)) for path in self._locks() if _drop_stale(path, at_once=_OWN in str(path))
        ]

    def _locks(self) -> list[Path]:
        folders = [git.git_dir for git in (self.base, self.hub)]
        return [path for at in folders for path in (*at.glob("*.lock"), *(at / "refs").rglob("*.lock"))]

    # From and to the upstream

    def mirror(self, upstream: Upstream, target: str) -> str:
        """Bring the target branch, and only it, into the base store; the sha it stands at."""
        check_branch_name(target)
        sha = upstream.fetch_into(self.base, f"refs/heads/{target}", f"refs/heads/{target}")
        self.set_ref(f"refs/upstream/{target}", sha)
        return sha

    def fetch_branch(self, upstream: Upstream, branch: str, dest_ref: str) -> str:
        """Bring any branch into the hub under a name of our own."""
        check_branch_name(branch)
        return upstream.fetch_into(self.hub, f"refs/heads/{branch}", dest_ref)

    # From and to sandboxes

    def ingest(self, bundle: Path, source_ref: str, dest_ref: str, *, max_bytes: int = 200_000_000) -> str:
        """Take the one named ref out of an untrusted bundle; raises BundleRefused with a sentence."""
        sha = intake.take_in(self.hub, bundle, source_ref, max_bytes=max_bytes)
        self.set_ref(dest_ref, sha)
        return sha

    def bundle(self, dest: Path, sha: str, *, have: Sequence[str] = (), ref: str = "refs/heads/work") -> bool:
        """Write a bundle that gives `sha` as `ref` to somebody who has `have`; False when there is nothing to give."""
        return intake.write_bundle(self.hub, dest, sha, have=have, ref=ref)

    def promote(self, sha: str) -> None:
        """Copy what `sha` needs from the hub into the base store, so that base may name it as the target."""
        with tempfile.TemporaryFile(dir=self.root) as pack:
            known = [f"^{line}" for line in self.base.text("for-each-ref", "--format=%(objectname)").split()]
            feed = "".join(f"{line}\n" for line in [sha, *known]).encode()
            self.hub.run("pack-objects", "--revs", "--stdout", "-q", stdin=feed, stdout=pack, timeout=120)
            pack.seek(0)
            self.base.run("index-pack", "--stdin", "--fix-thin", "--strict", stdin=pack, timeout=120)

    # Refs

    def set_ref(self, ref: str, new: str, old: str | None = None, *, git: Git | None = None) -> bool:
        """Compare-and-set in the hub (or `git`); `old` None sets it whatever it was. False when it was not `old`."""
        store = git or self.hub
        argv = ("update-ref", "--no-deref", "--end-of-options", ref, new, *(() if old is None else (old,)))
        result = store.try_run(*argv)
        for pause in _RETRIES:
            if result.code == 0 or _HELD not in result.err:
                break
            _drop_stale(store.git_dir / f"{ref}.lock")
            time.sleep(pause)
            result = store.try_run(*argv)
        if result.code != 0 and (old is None or _HELD in result.err):
            raise GitError(result.code, result.err, argv)
        return result.code == 0

    def delete_ref(self, ref: str, old: str | None = None) -> bool:
        expected = () if old is None else (old,)
        return self.hub.try_run("update-ref", "--no-deref", "-d", "--end-of-options", ref, *expected).code == 0

    def refs(self, prefix: str) -> dict[str, str]:
        """Full ref name -> sha, of the hub's refs below `prefix` (a whole folder such as refs/runs/7/)."""
        out = self.hub.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        return {name: sha for sha, name in (line.split(" ", 1) for line in out.split("\n") if line)}

    def refs_outside(self, head: str, prefix: str) -> dict[str, str]:
        """Those of `refs` whose commits `head` does not hold."""
        out = self.hub.text("for-each-ref", f"--no-merged={head}", "--format=%(objectname) %(refname)", prefix)
        return {name: sha for sha, name in (line.split(" ", 1) for line in out.split("\n") if line)}

    def resolve(self, ref_or_sha: str) -> str | None:
        """The commit's full sha, of a full ref name or a full sha, looked up in hub and base."""
        return objects.resolve(self.hub, ref_or_sha) or objects.resolve(self.base, ref_or_sha)

    # Reading history

    def tree_of(self, sha: str) -> str:
        return self.hub.text("rev-parse", "--verify", "--end-of-options", f"{sha}^{{tree}}")

    def merge_base(self, a: str, b: str) -> str | None:
        result = self.hub.try_run("merge-base", a, b)
        return result.out.decode().strip() or None

    def is_ancestor(self, a: str, b: str) -> bool:
        return self.hub.try_run("merge-base", "--is-ancestor", a, b).code == 0

    def divergence(self, target: str, head: str) -> Divergence:
        out = self.hub.text("rev-list", "--left-right", "--count", f"{target}...{head}", timeout=30)
        behind, ahead = out.split()
        return Divergence(int(ahead), int(behind))

    def commits(self, base: str, head: str, *, count: int = 1000) -> list[Commit]:
        """What `head` has and `base` has not, newest first."""
        return commits.log(self.hub, head, f"^{base}", count=count)

    def commit_of(self, sha: str) -> Commit:
        return commits.log(self.hub, sha, count=1)[0]

    def files(self, sha: str) -> list[objects.Entry]:
        """Every file of a commit's or tree's, all folders included."""
        return objects.list_tree(self.hub, sha, recursive=True)

    def blob(self, sha: str, path: str) -> bytes | None:
        return objects.blob_at(self.hub, sha, path)

    # Writing commits

    def commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Person,
        committer: Person,
        when: datetime,
    ) -> str:
        return commits.write(
            self.hub, tree=tree, parents=parents, message=message, author=author, committer=committer, when=when
        )

    def write_file_change(
        self,
        head: str,
        files: Mapping[str, bytes | None],
        *,
        message: str,
        author: Person,
        when: datetime,
        committer: Person = BOARD,
    ) -> str:
        """A commit on top of `head` with these files' new contents (None takes one away)."""
        tree = edits.edited_tree(self.hub, head, files)
        return self.commit(tree, [head], message, author, committer, when)


def _drop_stale(lock: Path, *, at_once: bool = False) -> bool:
    """A git of ours that writes a ref is stopped after ten seconds, so an older lock is nobody's."""
    with suppress(FileNotFoundError):
        if at_once or time.time() - lock.stat().st_mtime > _STALE_SECONDS:
            lock.unlink()
            return True
    return False


def _wait_for_lock(file: IO[bytes], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreBusy(f"another writer held {file.name} for {timeout:g} s") from None
            time.sleep(0.02)
