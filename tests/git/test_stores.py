"""The board's own stores: what base may hold, compare-and-set, locks, and edits without a work tree."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from teamboard.git import command
from teamboard.git.command import Git, GitError
from teamboard.git.stores import Divergence, StoreBusy, Stores
from tests.git.conftest import ADA, WHEN


def test_creating_twice_is_harmless_and_base_holds_the_target_alone(stores, repo):
    repo.git("branch", "secret")
    stores.create()
    assert stores.base.text("for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert stores.base.text("symbolic-ref", "HEAD") == "refs/heads/_none"


def test_a_branch_comes_into_the_hub_only(stores, repo, upstream):
    repo.git("checkout", "-q", "-b", "feature")
    head = repo.commit({"f.txt": b"f\n"}, "feature: one")
    assert stores.fetch_branch(upstream, "feature", "refs/adopted/1") == head
    base = stores.resolve("refs/upstream/main")
    assert [commit.subject for commit in stores.commits(base, head)] == ["feature: one"]
    assert stores.divergence(base, head) == Divergence(1, 0)
    assert stores.base.try_run("cat-file", "-e", head).code != 0


def test_promote_gives_the_base_store_what_a_new_target_needs(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head = edit(edit(base, {"x": b"1\n"}), {"y": b"2\n"})
    stores.promote(head)
    assert stores.set_ref("refs/heads/main", head, base, git=stores.base)
    stores.base.run("fsck", "--strict", "--full")
    assert stores.base.run("cat-file", "blob", f"{head}:y") == b"2\n"


def test_of_eight_racers_exactly_one_moves_a_ref(stores, edit):
    base = stores.resolve("refs/upstream/main")
    heads = [edit(base, {"x": b"%d\n" % number}) for number in range(8)]
    stores.set_ref("refs/x", base)
    for _ in range(5):
        with ThreadPoolExecutor(8) as racers:
            moved = list(racers.map(lambda head: stores.set_ref("refs/x", head, base), heads))
        assert moved.count(True) == 1
        assert heads[moved.index(True)] == stores.resolve("refs/x")
        stores.set_ref("refs/x", base)


def test_only_full_ref_names_and_full_hashes_are_looked_up(stores, edit):
    base = stores.resolve("refs/upstream/main")
    stores.set_ref("refs/tags/main", edit(base, {"x": b"1\n"}))
    for name in ("main", "HEAD", base[:12], "-x", "--all", "refs/upstream/main~0^{/x}", ""):
        assert stores.resolve(name) is None or name.startswith("refs/")
    assert stores.resolve(base) == base
    assert stores.resolve("f" * 40) is None


def test_a_lock_of_a_killed_git_is_an_error_until_it_is_cleared(stores, edit):
    base = stores.resolve("refs/upstream/main")
    stores.set_ref("refs/runs/1/1", base)
    (stores.hub.git_dir / "refs/runs/1/1.lock").touch()
    with pytest.raises(GitError, match="lock"):
        stores.set_ref("refs/runs/1/1", edit(base, {"x": b"1\n"}))
    with stores.lock():
        assert stores.clear_stale_locks() == []  # a git that just now moves it would lose its lock
        os.utime(stores.hub.git_dir / "refs/runs/1/1.lock", (0, 0))
        assert stores.clear_stale_locks() == ["hub.git/refs/runs/1/1.lock"]
    assert stores.set_ref("refs/runs/1/1", edit(base, {"x": b"1\n"}))


def test_a_lock_older_than_any_git_of_ours_can_be_is_nobodys(stores):
    base = stores.resolve("refs/upstream/main")
    stores.set_ref("refs/runs/1/1", base)
    lock = stores.hub.git_dir / "refs/runs/1/2.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    assert stores.set_ref("refs/runs/1/2", base)
    assert not lock.exists()


def test_locks_are_cleared_only_by_who_holds_the_projects_lock(stores):
    base = stores.resolve("refs/upstream/main")
    stores.set_ref("refs/candidates/7", base)
    lock = stores.hub.git_dir / "refs/candidates/7.lock"
    lock.touch()
    with pytest.raises(RuntimeError, match="held"):
        stores.clear_stale_locks()
    assert lock.exists()
    with stores.lock():
        # Nobody else writes this ref, so it is nobody's at once.
        assert stores.clear_stale_locks() == ["hub.git/refs/candidates/7.lock"]
    with pytest.raises(RuntimeError, match="held"):
        stores.clear_stale_locks()


def test_the_lock_has_one_holder(stores):
    with stores.lock(), pytest.raises(StoreBusy), Stores(stores.root).lock(timeout=0.1):
        pass
    with stores.lock(timeout=0.1):
        pass


def test_edits_keep_modes_and_take_files_away(stores, repo, upstream):
    (repo.path / "tool").write_text("#!/bin/sh\n")
    (repo.path / "tool").chmod(0o755)
    base = repo.commit({})
    stores.mirror(upstream, "main")
    head = stores.write_file_change(base, {"tool": b"new\n", "a.txt": None}, message="m", author=ADA, when=WHEN)
    assert {entry.path: entry.mode for entry in stores.files(head)} == {"tool": "100755", "src/b.py": "100644"}
    again = stores.write_file_change(base, {"tool": b"new\n", "a.txt": None}, message="m", author=ADA, when=WHEN)
    assert again == head


@pytest.mark.parametrize("path", ["../x", ".git/config", "a//b", "/etc/passwd", "x\0y", ".GIT/x", ""])
def test_an_edit_of_a_path_that_leads_out_is_refused(stores, path):
    base = stores.resolve("refs/upstream/main")
    with pytest.raises(ValueError, match="the name"):
        stores.write_file_change(base, {path: b"x"}, message="m", author=ADA, when=WHEN)


def test_a_commit_survives_odd_authors_and_messages(stores, repo):
    base = stores.resolve("refs/upstream/main")
    tree = stores.tree_of(base)
    odd = ("<\n>", "a\0b")
    sha = stores.commit(tree, [base], "subject\n\nbody \0 \udcff", type(ADA)(*odd), ADA, WHEN)
    assert (stores.commit_of(sha).author_name, stores.commit_of(sha).at) == ("Unknown", WHEN)
    empty = stores.commit(tree, [base], "", ADA, ADA, WHEN)
    assert stores.commits(base, empty)[0].subject == ""


def test_a_log_with_bodies_and_without_is_read_right(stores):
    base = stores.resolve("refs/upstream/main")
    tree = stores.tree_of(base)
    one = stores.commit(tree, [base], "one", ADA, ADA, WHEN)
    two = stores.commit(tree, [one], "two\n\nbody\n\nmore", ADA, ADA, WHEN)
    assert [(commit.subject, commit.body) for commit in stores.commits(base, two)] == [
        ("two", "body\n\nmore"),
        ("one", ""),
    ]


def test_a_missing_file_has_no_blob(stores):
    base = stores.resolve("refs/upstream/main")
    assert stores.blob(base, "absent") is None
    assert stores.blob(base, "src") is None
    assert stores.blob(base, "src/b.py") == b"def f():\n    return 1\n"


def test_git_inside_a_transaction_is_refused(stores, monkeypatch):
    monkeypatch.setattr(command, "in_transaction_guard", lambda: True)
    with pytest.raises(RuntimeError, match="inside a database transaction"):
        stores.resolve("refs/upstream/main")


def test_too_many_bytes_and_too_much_time_are_errors_of_their_own(stores, edit):
    head = edit(stores.resolve("refs/upstream/main"), {"x": b"x" * 100_000})
    with pytest.raises(GitError) as caught:
        stores.hub.run("cat-file", "blob", f"{head}:x", limit=1000)
    assert caught.value.code == GitError.TOO_MANY_BYTES
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as waiting, os.fdopen(writer, "wb"), pytest.raises(GitError) as caught:
        stores.hub.run("cat-file", "--batch", stdin=waiting, timeout=0.1)
    assert caught.value.code == GitError.OUT_OF_TIME


def test_much_input_and_much_output_at_once_do_not_block(stores):
    base = stores.resolve("refs/upstream/main")
    feed = f"{base}\n".encode() * 50_000
    out = stores.hub.run("cat-file", "--batch-check", stdin=feed, limit=50_000_000)
    assert out.count(b"\n") == 50_000


def test_settings_of_the_user_and_the_machine_do_not_reach_the_stores(stores, tmp_path, monkeypatch):
    (tmp_path / ".gitconfig").write_text("[core]\n\tcommentChar = x\n[alias]\n\tst = status\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    assert "alias.st" not in stores.hub.text("config", "--list")
    assert Git(stores.hub.git_dir).text("rev-parse", "--git-dir") == str(stores.hub.git_dir)


def test_stores_are_made_whole_after_a_kill_halfway(tmp_path):
    half = tmp_path / "half" / "base.git"
    half.mkdir(parents=True)
    (half / "HEAD").write_text("ref: refs/heads/main\n")
    made = Stores(tmp_path / "half")
    made.create()
    assert made.base.text("symbolic-ref", "HEAD") == "refs/heads/_none"
    assert made.hub.text("rev-parse", "--is-bare-repository") == "true"
