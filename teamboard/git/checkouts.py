"""A work tree of the user's with the target checked out: brought along after a landing, nothing of his overwritten."""

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from teamboard.git import worktree
from teamboard.git.command import Git
from teamboard.git.objects import NO_SHA, Entry
from teamboard.git.worktree import Step, same

_LOCK_MARK = "teamboard intent "


def _nothing(_: str) -> None:
    return None


# Set by the wiring to a kill point, so that a fault test can let the process die at each step.
on_step: Callable[[str], None] = _nothing


@dataclass(frozen=True, slots=True)
class SyncResult:
    """`left` are files that were neither as before nor as after the landing: untouched, and no longer up to date.

    `lock` is the index lock of somebody else, because of which nothing was done.
    """

    done: bool
    left: list[str]
    lock: str | None = None


class Checkout:
    """One work tree, with its owner's configuration and filters."""

    def __init__(self, path: Path, git: Git) -> None:
        self.path = path
        self.git = replace(git, work_tree=path)
        self.index = git.git_dir / "index"
        self.lock = git.git_dir / "index.lock"

    def conflicting_lock(self, intent_id: str) -> str | None:
        """The index lock of somebody else, if there is one."""
        try:
            mark = self.lock.read_bytes()[:200]
        except FileNotFoundError:
            return None
        return None if mark == _mark(intent_id) else str(self.lock)

    def in_the_way(self, old: str, new: str) -> list[str]:
        """What keeps the landing off: files changed or staged, and files that git does not know where one must go."""
        steps = worktree.steps(self.git, old, new)
        present = worktree.present(self.git, [step.path for step in steps])
        found = {step.path for step in steps if not _untouched(step, present[step.path])}
        going = {step.path for step in steps if step.new is None}
        for step in steps:
            if step.new is not None:
                found |= _blockers(self.path, step, going)
        return sorted(found) or self._dry_run(old, new)

    def _dry_run(self, old: str, new: str) -> list[str]:
        """Git's own two-way check on a copy of the index, for whatever the rules above do not know."""
        copy = self.index.with_name("index.teamboard-try")
        own = replace(self.git, index=copy)
        try:
            if self.index.exists():
                shutil.copyfile(self.index, copy)
                own.try_run("update-index", "-q", "--refresh", timeout=60)
            result = own.try_run("read-tree", "-n", "-m", "-u", old, new, timeout=60)
        finally:
            copy.unlink(missing_ok=True)
        lines = [line.strip().removeprefix("error: ") for line in result.err.splitlines() if line.strip()]
        return lines if result.code else []

    def sync(self, old: str, new: str, intent_id: str) -> SyncResult:
        """Bring files and index from old to new. After a kill at any point the same call does the rest."""
        if not self._take_lock(intent_id):
            return SyncResult(False, [], str(self.lock))
        on_step("sync_locked")
        own = replace(self.git, index=self.index.with_name(f"index.teamboard-{intent_id}"))
        staging = self.git.git_dir / f"teamboard-sync-{intent_id}"
        left = _Landing(own, self.path, staging).run(self.index, worktree.steps(self.git, old, new))
        on_step("sync_files_done")
        assert own.index is not None
        os.replace(own.index, self.index)
        on_step("sync_index_done")
        shutil.rmtree(staging, ignore_errors=True)
        self.lock.unlink()
        return SyncResult(True, left)

    def _take_lock(self, intent_id: str) -> bool:
        """Written whole before it appears, so that a kill leaves either no lock or one that names our intent."""
        written = self.lock.with_name(f"index.lock-teamboard-{intent_id}")
        written.write_bytes(_mark(intent_id))
        try:
            os.link(written, self.lock)
        except FileExistsError:
            return self.conflicting_lock(intent_id) is None
        finally:
            written.unlink()
        return True


class _Landing:
    """The files of one sync: own index, own folder for what is written, and the user's work tree."""

    def __init__(self, git: Git, root: Path, staging: Path) -> None:
        self.git = git
        self.root = root
        self.staging = staging

    def run(self, index: Path, steps: list[Step]) -> list[str]:
        """The paths left alone. Removals go first; then attributes, which say how other files are written."""
        self._start(index)
        mine = [step for step in steps if step.index_is_ours]
        left = [step.path for step in steps if not step.index_is_ours]
        self._enter(mine)
        todo, dirty = self._sorted(mine)
        left += dirty
        self._remove([step for step in todo if step.new is None])
        # Of all removals, those of a killed try included: an empty folder may stand where a file must go.
        self._prune([step for step in mine if step.new is None])
        attributes = [step for step in todo if step.new and step.path.split("/")[-1] == ".gitattributes"]
        others = [step for step in todo if step.new and step not in attributes]
        left += self._write(attributes) + self._write(others)
        self.git.try_run("update-index", "-q", "--refresh", timeout=60)
        return sorted(left)

    def _start(self, index: Path) -> None:
        assert self.git.index is not None
        shutil.rmtree(self.staging, ignore_errors=True)
        for stale in (self.git.index, self.git.index.with_name(self.git.index.name + ".lock")):
            stale.unlink(missing_ok=True)
        if index.exists():
            shutil.copyfile(index, self.git.index)

    def _enter(self, steps: Sequence[Step]) -> None:
        feed = b"".join(_index_line(step) for step in sorted(steps, key=lambda step: step.new is not None))
        self.git.run("update-index", "-z", "--index-info", stdin=feed, timeout=60)
        skipped = [os.fsencode(step.path) + b"\0" for step in steps if step.skipped and step.new]
        if skipped:
            self.git.run("update-index", "--skip-worktree", "-z", "--stdin", stdin=b"".join(skipped))

    def _sorted(self, steps: Sequence[Step]) -> tuple[list[Step], list[str]]:
        """What is still as before and so is to be done, and what is neither as before nor as after."""
        present = worktree.present(self.git, [step.path for step in steps])
        open_steps = [step for step in steps if not _is_done(step, present[step.path])]
        todo = [step for step in open_steps if same(present[step.path], step.old)]
        # A file becomes a folder or the reverse: the removal before makes room, or the write says that it did not.
        todo += [step for step in open_steps if step.old is None and _is_folder(present[step.path])]
        known = {step.path for step in todo}
        return todo, [step.path for step in open_steps if step.path not in known]

    def _remove(self, steps: Sequence[Step]) -> None:
        for step in steps:
            (self.root / step.path).unlink(missing_ok=True)
            on_step("sync_file_removed")

    def _prune(self, steps: Sequence[Step]) -> None:
        for step in steps:
            for folder in reversed(worktree.folders(step.path)):
                with suppress(OSError):  # not empty: something of the user's is in it
                    (self.root / folder).rmdir()

    def _write(self, steps: Sequence[Step]) -> list[str]:
        """Written beside the work tree by git, then put in place in one move each: never half a file."""
        if not steps:
            return []
        self.staging.mkdir(exist_ok=True)
        feed = b"".join(os.fsencode(step.path) + b"\0" for step in steps)
        argv = ("checkout-index", "-f", "-q", f"--prefix={self.staging}/", "-z", "--stdin")
        self.git.run(*argv, stdin=feed, timeout=300)
        return [step.path for step in steps if not self._place(step)]

    def _place(self, step: Step) -> bool:
        """False when something stands in the way now."""
        target, staged = self.root / step.path, self.staging / step.path
        if worktree.behind_link(self.root, step.path):
            return False
        now = worktree.present(self.git, [step.path])[step.path] if step.old is None and target.exists() else step.old
        if not same(now, step.old):
            return False
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(staged, target)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            return False
        on_step("sync_file_written")
        return True


def _move(staged: Path, target: Path) -> None:
    """In one step; where git's folder is on another disk, over a file beside the target."""
    try:
        os.replace(staged, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.teamboard"[:250])
        shutil.copy2(staged, beside, follow_symlinks=False)
        os.replace(beside, target)


def _index_line(step: Step) -> bytes:
    mode, sha = (step.new.mode, step.new.sha) if step.new else ("0", NO_SHA)
    return f"{mode} {sha}\t".encode() + os.fsencode(step.path) + b"\0"


def _untouched(step: Step, present: Entry | None) -> bool:
    if step.skipped or step.gitlink:
        return same(step.staged, step.old)
    return same(step.staged, step.old) and (same(present, step.old) or (step.old is None and _is_folder(present)))


def _is_done(step: Step, present: Entry | None) -> bool:
    """Where a file must go, a folder means that it has gone."""
    gone = step.new is None and _is_folder(present)
    return step.skipped or step.gitlink or same(present, step.new) or gone


def _is_folder(present: Entry | None) -> bool:
    return present is not None and present.mode == worktree.FOLDER


def _blockers(root: Path, step: Step, going: set[str]) -> set[str]:
    """A file where a folder must be, or files that stay in a folder that must become a file."""
    places = [(folder, root / folder) for folder in worktree.folders(step.path)]
    found = {folder for folder, place in places if place.is_symlink() or (place.exists() and not place.is_dir())}
    target = root / step.path
    if target.is_dir() and not target.is_symlink() and not step.gitlink:
        found |= {os.path.relpath(path, root) for path in worktree.files_below(target)}
    return found - going


def _mark(intent_id: str) -> bytes:
    return f"{_LOCK_MARK}{intent_id}\n".encode()
