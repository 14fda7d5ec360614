"""A real repository with a board on it, for tests that land something."""

import os
import subprocess
from pathlib import Path

from teamboard.board.models import Project
from teamboard.gate import actions as gate
from teamboard.git.upstream import Upstream
from teamboard.pipeline import merger
from teamboard.pipeline.place import Ticked
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries, storage
from teamboard.reviews.adoption import adopt
from teamboard.reviews.models import Change, CheckRun
from tests import factories

ENV = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Rui Alves",
    "GIT_AUTHOR_EMAIL": "rui@example.org",
    "GIT_COMMITTER_NAME": "Rui Alves",
    "GIT_COMMITTER_EMAIL": "rui@example.org",
}
LINES = "".join(f"line {n}\n" for n in range(1, 31))


def git(where: Path, *argv: str) -> str:
    done = subprocess.run(["git", "-C", str(where), *argv], env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Stage:
    """A repository with a work tree (or none), opened as a project that requires the check "tests"."""

    def __init__(self, root: Path, *, bare: bool = False, **settings: object) -> None:
        self.work = root / "work"
        self.work.mkdir(parents=True)
        git(self.work, "init", "-q", "-b", "main")
        self.commit({"app.txt": LINES, "notes/a.txt": "a\n"}, "Begin")
        self.repo = self.work
        if bare:
            self.repo = root / "bare.git"
            git(root, "clone", "-q", "--bare", str(self.work), str(self.repo))
            git(self.work, "remote", "add", "origin", str(self.repo))
        self.project = factories.project(upstream=str(self.repo), head_sha=self.main())
        factories.with_settings(self.project, **settings)
        self.stores = storage.stores(self.project.pk)
        self.stores.create()
        self.stores.mirror(Upstream(str(self.repo)), "main")

    def main(self) -> str:
        return git(self.repo, "rev-parse", "refs/heads/main")

    def commit(self, files: dict[str, str | None], message: str = "Change") -> str:
        """On whatever the work tree has checked out."""
        for name, text in files.items():
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True) if text is None else path.write_text(text)
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "-m", message)
        return git(self.work, "rev-parse", "HEAD")

    def branch(self, name: str, files: dict[str, str | None], *, start: str = "main") -> Change:
        """A branch with one commit, under review; the work tree is back on main afterwards."""
        git(self.work, "checkout", "-q", "-B", name, start)
        self.commit(files, f"Work on {name}")
        git(self.work, "checkout", "-q", "main")
        if self.repo != self.work:
            git(self.work, "push", "-q", "-f", "origin", name)
        return adopt(Project.objects.get(pk=self.project.pk), name, by=factories.ada())

    def approve(self, change: Change, **kwargs: object) -> gate.Approval:
        newest = queries.newest_patch_set(change)
        assert newest is not None
        reviews.served(newest, factories.ada(), newest.file_patch_ids)
        return gate.approve(change, newest, newest.head_sha, by=factories.ada(), **kwargs)  # type: ignore[arg-type]

    def tick(self) -> Ticked:
        return merger.tick(self.project.pk)

    def judge(self, conclusion: str = "success", **fields: object) -> list[CheckRun]:
        """Complete all waiting check runs, as a worker would."""
        done = []
        for check in queries.due_checks([self.project.pk]):
            claim = reviews.claim_check(check.pk, "worker")
            assert claim is not None
            done.append(reviews.record_check(claim, conclusion, **fields))  # type: ignore[arg-type]
        return done

    def land(self, change: Change) -> str:
        """Approve, test, land; the new target."""
        assert self.approve(change).entry is not None
        self.tick()
        self.judge()
        self.tick()
        return self.main()
