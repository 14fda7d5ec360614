"""What a world stands on: git in memory for thousands of worlds, or real git in a folder for some."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from teamboard.git import candidates, upstream
from teamboard.git.commits import Person
from teamboard.git.diff import full_diff
from teamboard.git.stores import Stores
from teamboard.git.upstream import Moved, Outcome
from tests.gate.stage import git
from tests.model import memory_git

RUI = Person("Rui Alves", "rui@example.org")
BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
Files = dict[str, str | None]
Move = tuple[str, str, str]  # from, to, by whom: "board" or "hand"


class Memory:
    """All in dicts."""

    def __init__(self, first: dict[str, str], *, checked_out: bool) -> None:
        self.objects = memory_git.Objects()
        head = self.objects.commit(self.objects.tree(first), [], "Begin", RUI, BEGIN)
        self.upstream = memory_git.Upstream(self.objects, head)
        self.stores = memory_git.Stores(self.objects)
        self.stores.mirror(self.upstream, "main")
        self.candidates: Any = memory_git
        self.full_diff: Any = memory_git.full_diff
        self.upstream.work = memory_git.Work(first) if checked_out else None

    location = "/memory"

    def listen(self, heard: Callable[[Move], None]) -> None:
        self.heard = self.upstream.heard = heard

    def open_stores(self, _: Path) -> Any:
        return self.stores

    def open_upstream(self, location: str, kind: str) -> Any:
        return self.upstream

    def main(self) -> str:
        return self.upstream.target

    def commit(self, base: str, files: Files, message: str) -> str:
        tree = self.objects.tree(edited(self.objects.files(base), files))
        return self.objects.commit(tree, [base], message, RUI, BEGIN)

    def hand(self, files: Files) -> None:
        """The user commits on the target, in his work tree if he has one."""
        old = self.upstream.target
        new = self.commit(old, files, f"By hand on {old[:8]}")
        self.upstream.known.add(new)
        self.upstream.target = new
        self.heard((old, new, "hand"))
        if self.upstream.work:
            self.upstream.work.files = edited(self.upstream.work.files, files)

    def files(self, sha: str) -> dict[str, str]:
        return self.objects.files(sha)

    def tree(self, sha: str) -> str:
        return self.objects.tree_of[sha]

    def parents(self, sha: str) -> tuple[str, ...]:
        return self.objects.commits[sha].parents

    def line(self) -> list[str]:
        return self.objects.first_parents(self.main())

    def own(self, path: str) -> None:
        """An ignored file of the user's."""
        if self.upstream.work and path not in self.upstream.work.files:
            self.upstream.work.own[path] = "mine"

    def owned(self) -> set[str]:
        return set(self.upstream.work.own) if self.upstream.work else set()

    def clear_own(self) -> None:
        if self.upstream.work:
            self.upstream.work.own.clear()

    def work_files(self) -> dict[str, str] | None:
        return self.upstream.work.files if self.upstream.work else None

    def lock(self, locked: bool) -> None:
        self.upstream.locked = locked

    def lock_index(self, locked: bool) -> None:
        if self.upstream.work:
            self.upstream.work.locked = locked

    def close(self) -> None:
        pass


class Tapped(upstream.Upstream):
    """The real upstream, which tells of each move it has made."""

    heard: Callable[[Move], None]

    def compare_and_set(self, target: str, new: str, old: str, *, store: Any = None) -> Outcome:
        before = self.target_sha(target) or ""
        done = super().compare_and_set(target, new, old, store=store)
        if isinstance(done, Moved):
            self.heard((before, new, "board"))
        return done


class Real:
    """Small real repositories in a folder: the user's with its work tree, and the board's two stores."""

    def __init__(self, first: dict[str, str], root: Path, template: Path, *, checked_out: bool = True) -> None:
        if not template.exists():
            self._make(first, template)
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root, symlinks=True)
        self.root, self.work = root, root / "work"
        self.checked_out = checked_out
        if not checked_out:
            git(self.work, "checkout", "-q", "--detach")
        self.location = str(self.work)
        self.stores = Stores(root / "stores")
        self.candidates: Any = candidates
        self.full_diff: Any = full_diff

    def listen(self, heard: Callable[[Move], None]) -> None:
        self.heard = heard

    @staticmethod
    def _make(first: dict[str, str], template: Path) -> None:
        work = template / "work"
        work.mkdir(parents=True)
        git(work, "init", "-q", "-b", "main")
        for name, text in first.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_text(text)
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", "Begin")
        (work / ".git/info").mkdir(exist_ok=True)
        (work / ".git/info/exclude").write_text("*.txt\n")
        stores = Stores(template / "stores")
        stores.create()
        stores.mirror(upstream.Upstream(str(work)), "main")

    def open_stores(self, _: Path) -> Stores:
        return self.stores

    def open_upstream(self, location: str, kind: Any) -> Tapped:
        opened = Tapped(location, kind)
        opened.heard = self.heard
        return opened

    def main(self) -> str:
        return git(self.work, "rev-parse", "refs/heads/main")

    def commit(self, base: str, files: Files, message: str) -> str:
        if self.stores.resolve(base) is None:  # made by hand, and not seen by the board yet
            git(self.work, "push", "-q", str(self.stores.hub.git_dir), f"{base}:refs/hand/{base}")
        contents = {path: None if text is None else text.encode() for path, text in files.items()}
        return self.stores.write_file_change(base, contents, message=message, author=RUI, when=BEGIN)

    def hand(self, files: Files) -> None:
        old = self.main()
        if not self.checked_out:
            git(self.work, "checkout", "-q", "main")
            git(self.work, "reset", "-q", "--hard")
        for path, text in files.items():
            (self.work / path).parent.mkdir(parents=True, exist_ok=True)
            (self.work / path).unlink() if text is None else (self.work / path).write_text(text)
            git(self.work, "add", "-f", "--", path)
        git(self.work, "commit", "-q", "--allow-empty", "-m", f"By hand on {old[:8]}")
        self.heard((old, git(self.work, "rev-parse", "HEAD"), "hand"))
        if not self.checked_out:
            git(self.work, "checkout", "-q", "--detach")

    def files(self, sha: str) -> dict[str, str]:
        where = self.work if self.stores.resolve(sha) is None else self.stores.hub.git_dir
        names = git(where, "ls-tree", "-r", "--name-only", sha).split("\n")
        return {name: git(where, "show", f"{sha}:{name}") for name in names if name}

    def tree(self, sha: str) -> str:
        return self.stores.tree_of(sha)

    def parents(self, sha: str) -> tuple[str, ...]:
        return tuple(git(self.work, "log", "-1", "--format=%P", sha).split())

    def line(self) -> list[str]:
        return git(self.work, "rev-list", "--first-parent", "main").split()

    def own(self, path: str) -> None:
        if not (self.work / path).exists():
            (self.work / path).write_text("mine")

    def owned(self) -> set[str]:
        return {path.name for path in self.work.iterdir() if path.is_file() and path.read_text() == "mine"}

    def clear_own(self) -> None:
        for name in self.owned():
            (self.work / name).unlink()

    def work_files(self) -> dict[str, str] | None:
        names = git(self.work, "ls-files").split("\n") if self.checked_out else []
        return {name: (self.work / name).read_text().strip() for name in names if name} if self.checked_out else None

    def lock(self, locked: bool) -> None:
        file = self.work / ".git/refs/heads/main.lock"
        file.touch() if locked else file.unlink(missing_ok=True)

    def lock_index(self, locked: bool) -> None:
        file = self.work / ".git/index.lock"
        file.touch() if locked else file.unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


Ground = Memory | Real


def edited(before: dict[str, str], files: Files) -> dict[str, str]:
    after = {**before, **{path: text for path, text in files.items() if text is not None}}
    return {path: text for path, text in after.items() if files.get(path, "") is not None}
