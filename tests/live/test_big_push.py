"""A push too big for one buffer: git sends it in chunks, to the server that people run (D31)."""

import os
import subprocess

import pytest

from teamboard.accounts import actions as accounts
from teamboard.board.models import Project
from teamboard.git.upstream import Upstream
from teamboard.reviews import storage
from teamboard.reviews.adoption import adopt
from tests import factories
from tests.gate.stage import ENV, git
from tests.live.conftest import web_process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def board(transactional_db, valkey, tmp_path, relay_to):
    relay_to(valkey.url)
    with web_process(tmp_path, valkey.url, app="teamboard.asgi:application") as one:
        yield one


@pytest.fixture
def change(board, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    for name in ("main", "feature"):
        git(work, "checkout", "-q", "-B", name)
        (work / f"{name}.txt").write_text(f"{name}\n")
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", name)
    project = factories.project(upstream=str(work), head_sha=git(work, "rev-parse", "main"))
    stores = storage.stores(project.pk)
    stores.create()
    stores.mirror(Upstream(str(work)), "main")
    return adopt(Project.objects.get(pk=project.pk), "feature", by=factories.ada())


def test_a_push_bigger_than_gits_buffer_arrives_in_chunks(board, change, tmp_path):
    _, secret = accounts.issue_token(factories.rui(change.project), "git")
    address = f"{board.origin}/git/changes/{change.pk}.git".replace("://", f"://any:{secret}@")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "-b", "change", address, str(clone))
    data = os.urandom(3_000_000)  # nothing packs it, and git's buffer holds one megabyte
    (clone / "big.bin").write_bytes(data)
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "Something big")
    argv = ["git", "-C", str(clone), "push", "-q", "origin", "change"]
    done = subprocess.run(argv, env=ENV | {"GIT_TRACE_CURL": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Transfer-Encoding: chunked" in done.stderr
    made = change.patch_sets.get(number=2)
    assert made.head_sha == git(clone, "rev-parse", "HEAD")
    assert storage.stores(change.project_id).blob(made.head_sha, "big.bin") == data
