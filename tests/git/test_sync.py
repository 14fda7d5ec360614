"""A work tree with the target checked out follows a landing; nothing is overwritten, whatever dies when."""

import subprocess
import sys

import pytest

OLD = {
    "a.txt": b"one\n",
    "gone.txt": b"gone\n",
    "dir/x": b"x\n",
    "dir/y": b"y\n",
    "tofolder": b"file\n",
    "tofile/in": b"in\n",
    "same": b"same\n",
}
NEW = {
    "a.txt": b"two\n",
    "gone.txt": None,
    "dir/x": None,
    "dir/y": None,
    "tofolder": None,
    "tofolder/in": b"in\n",
    "tofile/in": None,
    "tofile": b"file\n",
    "new/deep/file": b"new\n",
    "new\nline\xc3\xa9".encode("latin-1").decode("utf-8", "surrogateescape"): b"odd\n",
}
AFTER = {name for name in {**OLD, **NEW} if NEW.get(name, OLD.get(name)) is not None}


@pytest.fixture
def landing(repo, upstream, stores, edit):
    """(old, new): the target stands at new, the work tree is still at old."""
    old = repo.commit({**OLD, "src/b.py": None})
    stores.mirror(upstream, "main")
    new = edit(old, {name: data for name, data in NEW.items() if data is None})
    new = edit(new, {name: data for name, data in NEW.items() if data is not None})
    upstream.push_objects(stores.hub, new)
    return old, new


def move(upstream, old, new):
    upstream.compare_and_set("main", new, old)


def files(repo):
    return {
        str(path.relative_to(repo.path)): path.read_bytes()
        for path in repo.path.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(repo.path).parts
    }


def test_a_clean_work_tree_becomes_the_new_commit(repo, upstream, landing):
    old, new = landing
    assert upstream.in_the_way(repo.path, old, new) == []
    move(upstream, old, new)
    result = upstream.sync(repo.path, old, new, "7")
    assert (result.done, result.left) == (True, [])
    assert set(files(repo)) == AFTER
    assert repo.git("status", "--porcelain", "--ignored") == ""
    assert not list((repo.path / ".git").glob("*teamboard*"))
    assert not (repo.path / ".git/index.lock").exists()
    assert not (repo.path / "dir").exists()


def test_unrelated_edits_and_staged_files_of_the_user_stay(repo, upstream, landing):
    old, new = landing
    repo.write({"same": b"edited\n", "staged": b"staged\n", "loose": b"loose\n"})
    repo.git("add", "staged")
    assert upstream.in_the_way(repo.path, old, new) == []
    move(upstream, old, new)
    assert upstream.sync(repo.path, old, new, "7").left == []
    assert repo.git("status", "--porcelain").split("\n") == ["M same", "A  staged", "?? loose"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"dirty\n"),
        ("gone.txt", b"dirty\n"),
        ("new/deep/file", b"untracked\n"),
        ("new/deep", b"a file where a folder must be\n"),
        ("new", b"a file where a folder must be\n"),
        ("tofile/mine", b"untracked, in a folder that becomes a file\n"),
    ],
)
def test_a_file_in_the_way_is_named_and_stays_as_it_is(repo, upstream, landing, name, data):
    old, new = landing
    repo.write({name: data})
    assert upstream.in_the_way(repo.path, old, new) == [name]
    move(upstream, old, new)
    upstream.sync(repo.path, old, new, "7")
    assert (repo.path / name).read_bytes() == data


def test_an_ignored_file_in_the_way_is_named_and_stays(repo, upstream, stores, edit):
    old = repo.commit({".gitignore": b".env\n"})
    stores.mirror(upstream, "main")
    new = edit(old, {".env": b"SECRET=theirs\n"})
    upstream.push_objects(stores.hub, new)
    repo.write({".env": b"SECRET=mine\n"})
    assert upstream.in_the_way(repo.path, old, new) == [".env"]
    move(upstream, old, new)
    assert upstream.sync(repo.path, old, new, "7").left == [".env"]
    assert (repo.path / ".env").read_bytes() == b"SECRET=mine\n"


def test_a_staged_edit_in_the_way_is_named_and_kept(repo, upstream, landing):
    old, new = landing
    repo.write({"a.txt": b"staged\n"})
    repo.git("add", "a.txt")
    repo.write({"a.txt": b"one\n"})
    assert upstream.in_the_way(repo.path, old, new) == ["a.txt"]
    move(upstream, old, new)
    assert upstream.sync(repo.path, old, new, "7").left == ["a.txt"]
    assert repo.git("show", ":a.txt") == "staged"


def test_a_link_on_the_way_is_never_followed(repo, upstream, landing, tmp_path):
    old, new = landing
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repo.path / "new").symlink_to(elsewhere)
    assert upstream.in_the_way(repo.path, old, new) == ["new"]
    move(upstream, old, new)
    assert "new/deep/file" in upstream.sync(repo.path, old, new, "7").left
    assert list(elsewhere.iterdir()) == []


def test_a_merge_under_way_keeps_the_landing_off(repo, upstream, landing):
    old, new = landing
    repo.git("checkout", "-q", "-b", "other")
    repo.commit({"same": b"theirs\n"})
    repo.git("checkout", "-q", "main")
    repo.git("reset", "-q", "--hard", repo.commit({"same": b"ours\n"}))
    subprocess.run(["git", "merge", "-q", "other"], cwd=repo.path, check=False, capture_output=True)
    assert upstream.in_the_way(repo.path, old, new) != []


def test_somebody_elses_index_lock_is_named_and_stays(repo, upstream, landing):
    old, new = landing
    lock = repo.path / ".git/index.lock"
    lock.write_bytes(b"DIRC")
    assert upstream.conflicting_lock(repo.path, "7") == str(lock)
    result = upstream.sync(repo.path, old, new, "7")
    assert (result.done, result.lock) == (False, str(lock))
    assert lock.read_bytes() == b"DIRC"
    assert files(repo)["a.txt"] == b"one\n"


def test_line_end_rules_of_the_user_apply(repo, upstream, stores, edit):
    old = repo.commit({".gitattributes": b"*.bat text eol=crlf\n", "x.bat": b"one\r\n"})
    stores.mirror(upstream, "main")
    new = edit(old, {"x.bat": b"two\n"})
    upstream.push_objects(stores.hub, new)
    assert upstream.in_the_way(repo.path, old, new) == []
    move(upstream, old, new)
    upstream.sync(repo.path, old, new, "7")
    assert (repo.path / "x.bat").read_bytes() == b"two\r\n"
    assert repo.git("status", "--porcelain") == ""


def test_links_and_modes_arrive(repo, upstream, stores):
    old = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "side")
    (repo.path / "tool").write_text("#!/bin/sh\n")
    (repo.path / "tool").chmod(0o755)
    (repo.path / "link").symlink_to("a.txt")
    new = repo.commit({})
    repo.git("checkout", "-q", "main")
    assert upstream.in_the_way(repo.path, old, new) == []
    move(upstream, old, new)
    assert upstream.sync(repo.path, old, new, "7").left == []
    assert (repo.path / "link").readlink().name == "a.txt"
    assert (repo.path / "tool").stat().st_mode & 0o100
    assert repo.git("status", "--porcelain") == ""


def test_a_linked_work_tree_is_found_and_synced(repo, upstream, landing, tmp_path):
    old, new = landing
    repo.git("checkout", "-q", "-b", "elsewhere")
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", str(linked), "main")
    assert upstream.checkouts_of("main") == [linked]
    assert upstream.in_the_way(linked, old, new) == []
    move(upstream, old, new)
    assert upstream.sync(linked, old, new, "7").left == []
    assert (linked / "a.txt").read_bytes() == b"two\n"
    assert repo.git("-C", str(linked), "status", "--porcelain") == ""


def test_a_sparse_check_out_stays_sparse(repo, upstream, landing, stores, edit):
    old, _ = landing
    new = edit(old, {"same": b"new\n", "a.txt": b"two\n"})
    upstream.push_objects(stores.hub, new)
    repo.git("sparse-checkout", "set", "--no-cone", "/a.txt")
    assert upstream.in_the_way(repo.path, old, new) == []
    move(upstream, old, new)
    assert upstream.sync(repo.path, old, new, "7").left == []
    assert not (repo.path / "same").exists()
    assert (repo.path / "a.txt").read_bytes() == b"two\n"
    assert repo.git("status", "--porcelain") == ""


DYING = """
import os, signal, sys
from pathlib import Path
from teamboard.git import checkouts
from teamboard.git.upstream import Upstream
path, old, new, left = sys.argv[1:5]
count = int(left)
def step(label):
    global count
    count -= 1
    if count == 0:
        os.kill(os.getpid(), signal.SIGKILL)
checkouts.on_step = step
Upstream(path).sync(Path(path), old, new, "7")
"""


def test_a_sync_killed_at_any_step_is_finished_by_the_next_one(repo, upstream, landing):
    old, new = landing
    repo.write({"same": b"edited\n", "loose": b"loose\n"})
    move(upstream, old, new)
    kills = 0
    while subprocess.run([sys.executable, "-c", DYING, str(repo.path), old, new, str(kills + 1)]).returncode == -9:
        kills += 1
        assert files(repo)["same"] == b"edited\n"
        result = upstream.sync(repo.path, old, new, "7")
        assert (result.done, result.left) == (True, [])
        assert set(files(repo)) == AFTER | {"loose"}
        assert repo.git("status", "--porcelain").split("\n") == ["M same", "?? loose"]
        assert not list((repo.path / ".git").glob("*teamboard*"))
        repo.git("stash", "-q")
        repo.git("reset", "-q", "--hard", old)
        repo.git("stash", "pop", "-q")
        repo.git("update-ref", "refs/heads/main", new)
    assert kills > 8


def test_an_edit_between_a_kill_and_the_repetition_is_left_alone(repo, upstream, landing):
    old, new = landing
    move(upstream, old, new)
    assert subprocess.run([sys.executable, "-c", DYING, str(repo.path), old, new, "3"]).returncode == -9
    repo.write({"a.txt": b"mine\n"})
    result = upstream.sync(repo.path, old, new, "7")
    assert (result.done, result.left) == (True, ["a.txt"])
    assert (repo.path / "a.txt").read_bytes() == b"mine\n"
