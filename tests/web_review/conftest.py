"""A project with real stores and one change of two patch sets."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from teamboard.accounts.models import User
from teamboard.board.models import Project
from teamboard.git.stores import Stores
from teamboard.git.upstream import Upstream
from teamboard.reviews import actions, storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.revision import keep, read_revision
from tests import factories
from tests.browser.chromium import chromium as started

BASE = {
    "ledger/posting.py": (
        b"def total(amount, rate):\n    if rate is None:\n        return amount\n    return round(amount * rate)\n"
    ),
    "ledger/money.py": b"".join(b"line %d\n" % n for n in range(1, 60)),
    "gone.txt": b"bye\n",
    "logo.bin": b"\0\1\2",
}
FIRST = {
    "ledger/posting.py": BASE["ledger/posting.py"].replace(b"round(amount * rate)", b"scale(amount, rate)"),
    "ledger/new.py": b"def scale(amount, rate):\n    return amount * rate\n",
    "gone.txt": None,
    "logo.bin": b"\0\1\3",
}
SECOND = {
    "ledger/posting.py": b"# Amounts are integers.\n\n" + FIRST["ledger/posting.py"],
    "ledger/new.py": b"def scale(amount, rate):\n    return half_even(amount * rate)\n",
}


class Repo:
    """A user's repository, driven by the plain git of the command line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *argv: str) -> str:
        who = {"GIT_AUTHOR_NAME": "Rui", "GIT_AUTHOR_EMAIL": "rui@example.org"}
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_COMMITTER_NAME": "Rui",
            "GIT_COMMITTER_EMAIL": "rui@example.org",
            **who,
        }
        done = subprocess.run(["git", *argv], cwd=self.path, env=env, capture_output=True, check=True)
        return os.fsdecode(done.stdout).strip()

    def commit(self, files: dict[str, bytes | None], message: str) -> str:
        for name, data in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True) if data is None else path.write_bytes(data)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")


@dataclass
class Room:
    project: Project
    repo: Repo
    stores: Stores
    base: str
    change: Change

    def upload(self, files: dict[str, bytes | None], message: str = "More") -> PatchSet:
        """Commit on the branch and make it the next patch set."""
        head = self.repo.commit(files, message)
        self.stores.fetch_branch(Upstream(str(self.repo.path), "local"), "feature", "refs/heads-of/feature")
        made = actions.upload_patch_set(self.change, read_revision(self.stores, self.base, head))
        keep(self.stores, made)
        return made


@pytest.fixture
def start(tmp_path: Path, db: None) -> Callable[..., Room]:
    def make(base: dict[str, bytes | None] = BASE, first: dict[str, bytes | None] = FIRST) -> Room:
        path = tmp_path / "repo"
        path.mkdir()
        repo = Repo(path)
        repo.git("init", "-q", "-b", "main")
        sha = repo.commit(base, "Begin")
        repo.git("checkout", "-q", "-b", "feature")
        head = repo.commit(first, "Round half-even in every posting")
        project = factories.project(upstream=str(path), head_sha=sha)
        factories.with_settings(project)
        stores = storage.stores(project.pk)
        stores.create()
        upstream = Upstream(str(path), "local")
        stores.mirror(upstream, "main")
        stores.fetch_branch(upstream, "feature", "refs/heads-of/feature")
        revision = read_revision(stores, sha, head)
        change = actions.adopt_branch(project, "feature", revision, by=factories.ada())
        keep(stores, change.patch_sets.get())
        return Room(project, repo, stores, sha, change)

    return make


@pytest.fixture
def room(start: Callable[..., Room]) -> Room:
    return start()


@pytest.fixture
def as_(client: Client) -> Callable[[User], Client]:
    def signed_in(user: User) -> Client:
        mine = Client(headers={"HX-Request": "true"})
        mine.force_login(user)
        return mine

    return signed_in


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright runs a loop in this thread; the tests' own database calls are plain ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with started() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium, live_server, as_):
    contexts, errors = [], []

    def go(user, path: str, **options) -> Page:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        cookies = as_(user).cookies.items()
        context.add_cookies([{"name": k, "value": v.value, "url": live_server.url} for k, v in cookies])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if path.startswith("/changes/"):
            with page.expect_response("**/served/"):
                page.goto(live_server.url + path)
        else:
            page.goto(live_server.url + path)
        # A face that comes late makes lines higher: nothing is clicked before.
        page.evaluate("() => document.fonts.ready.then(() => true)")
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []
