"""A person clones a change with git itself and pushes the next patch set (D31)."""

import base64
import gzip

import pytest
from django.test import Client

from teamboard.accounts import actions as accounts
from teamboard.git.upstream import Upstream
from teamboard.reviews import actions, storage
from teamboard.reviews.models import Change
from teamboard.reviews.revision import keep, read_revision
from tests import factories
from tests.git.conftest import ADA, WHEN, Repo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def repo(tmp_path):
    (tmp_path / "repo").mkdir()
    made = Repo(tmp_path / "repo")
    made.git("init", "-q", "-b", "main")
    made.commit({"a.txt": b"one\n"}, "first")
    return made


@pytest.fixture
def change(repo, tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    head = repo.git("rev-parse", "HEAD")
    project = factories.project(upstream=str(repo.path), head_sha=head)
    stores = storage.stores(project.pk)
    stores.create()
    stores.mirror(Upstream(str(repo.path)), "main")
    first = stores.write_file_change(head, {"a.txt": b"patch set 1\n"}, message="mine", author=ADA, when=WHEN)
    made = actions.open_change(
        project, revision=read_revision(stores, head, first), origin=Change.PERSON, title="mine", by=factories.ada()
    )
    keep(stores, made.patch_sets.get())
    return made


@pytest.fixture
def address(live_server, change):
    """The change's address with a user's token in it."""

    def with_token(user):
        _, secret = accounts.issue_token(user, "git")
        return f"{live_server.url}/git/changes/{change.pk}.git".replace("://", f"://any:{secret}@")

    return with_token


@pytest.fixture
def clone(address, tmp_path, change):
    def make(user):
        folder = tmp_path / f"clone-{user.username}"
        folder.mkdir()
        made = Repo(folder)
        made.git("init", "-q", "-b", "change")
        made.git("remote", "add", "origin", address(user))
        made.git("fetch", "-q", "origin")
        made.git("reset", "-q", "--hard", "origin/change")
        return made

    return make


def test_a_reviewer_clones_and_pushes_the_next_patch_set(change, clone):
    rui = factories.rui(change.project)
    mine = clone(rui)
    assert (mine.path / "a.txt").read_bytes() == b"patch set 1\n"
    head = mine.commit({"a.txt": b"patch set 2\n"}, "better")
    mine.git("push", "-q", "origin", "change")
    made = change.patch_sets.get(number=2)
    assert (made.head_sha, made.uploaded_by, made.commits) == (head, rui, 2)
    assert storage.stores(change.project_id).resolve(made.ref) == head


def test_the_probe_that_git_sends_before_a_large_push_is_answered(change):
    answer = Client().post(
        f"/git/changes/{change.pk}.git/git-receive-pack",
        b"0000",
        content_type="application/x-git-receive-pack-request",
        HTTP_AUTHORIZATION=_basic(factories.ada()),
    )
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_push_on_an_older_patch_set_is_told_to_fetch(change, clone):
    mine, other = clone(factories.rui(change.project)), clone(factories.ada())
    other.commit({"b.txt": b"b\n"})
    other.git("push", "-q", "origin", "change")
    mine.commit({"c.txt": b"c\n"})
    with pytest.raises(AssertionError, match="fetch first|rejected"):
        mine.git("push", "-q", "origin", "change")
    assert change.patch_sets.count() == 2


def test_an_observer_may_clone_but_not_push(change, clone):
    mine = clone(factories.olga(change.project))
    mine.commit({"a.txt": b"2\n"})
    with pytest.raises(AssertionError, match="403"):
        mine.git("push", "-q", "origin", "change")
    assert change.patch_sets.count() == 1


def test_a_stranger_finds_nothing_there(change, clone):
    with pytest.raises(AssertionError, match="not found"):
        clone(factories.eve())


def test_a_closed_change_takes_no_push(change, clone):
    mine = clone(factories.ada())
    actions.abandon(change, "no", by=factories.ada())
    mine.commit({"a.txt": b"2\n"})
    with pytest.raises(AssertionError, match="The change is closed"):
        mine.git("push", "-q", "origin", "change")


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic YTpi", "Bearer x"])
def test_without_a_valid_token_git_is_asked_for_one(change, header):
    answer = Client().get(f"/git/changes/{change.pk}.git/info/refs?service=git-upload-pack", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic")


def _basic(user):
    _, secret = accounts.issue_token(user, "git")
    return "Basic " + base64.b64encode(f"x:{secret}".encode()).decode()


def test_wrong_methods_and_the_dumb_protocol_are_refused(change):
    auth = {"HTTP_AUTHORIZATION": _basic(factories.ada())}
    address = f"/git/changes/{change.pk}.git"
    assert Client().post(f"{address}/info/refs", **auth).status_code == 405
    assert Client().get(f"{address}/git-receive-pack", **auth).status_code == 405
    assert Client().get(f"{address}/git-upload-pack", **auth).status_code == 405
    assert Client().get(f"{address}/info/refs", **auth).status_code == 403


def test_a_body_that_unpacks_to_too_much_is_refused(change, monkeypatch):
    monkeypatch.setattr("teamboard.api.gitdoor.MAX_BYTES", 1000)
    answer = Client().post(
        f"/git/changes/{change.pk}.git/git-receive-pack",
        gzip.compress(b"0" * 10_000_000),
        content_type="application/x-git-receive-pack-request",
        HTTP_AUTHORIZATION=_basic(factories.ada()),
        HTTP_CONTENT_ENCODING="gzip",
    )
    assert answer.status_code == 413
