"""The user's repository and remotes: looked at, fetched from, moved only from where we saw them."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from teamboard.git.command import GitError
from teamboard.git.stores import Stores
from teamboard.git.upstream import Branch, Locked, Moved, Raced, Upstream, UpstreamProblem, check_branch, inspect


def problem(location):
    with pytest.raises(UpstreamProblem) as caught:
        inspect(str(location))
    assert caught.value.remedy
    return caught.value


def test_an_ordinary_repository_is_described(repo):
    found = inspect(str(repo.path))
    assert (found.kind, found.location, found.default_branch) == ("local", str(repo.path), "main")
    assert not any((found.bare, found.head_detached, found.empty, found.submodules, found.lfs))


def test_a_bare_repository_is_described(repo, tmp_path):
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    found = inspect(str(tmp_path / "bare.git"))
    assert (found.bare, found.default_branch) == (True, "main")


def test_a_detached_head_falls_back_to_a_likely_branch(repo):
    repo.git("checkout", "-q", "--detach")
    found = inspect(str(repo.path))
    assert (found.head_detached, found.default_branch) == (True, "main")


def test_submodules_and_lfs_are_seen(repo):
    repo.commit({"assets/.gitattributes": b"*.bin filter=lfs diff=lfs\n"})
    assert inspect(str(repo.path)).lfs
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repo.git("commit", "-qm", "sub")
    assert inspect(str(repo.path)).submodules


def test_a_folder_without_a_repository(tmp_path):
    assert problem(tmp_path).code == "not_a_repository"
    assert problem(tmp_path / "absent").code == "not_a_repository"
    assert problem("--upload-pack=evil").code == "not_a_repository"
    assert problem("").code == "not_a_repository"


def test_a_folder_inside_a_repository_is_not_that_repository(repo):
    assert problem(repo.path / "src").code == "not_a_repository"


def test_a_file_and_a_broken_repository_are_unreadable(repo):
    assert problem(repo.path / "a.txt").code == "unreadable"
    (repo.path / ".git/config").write_text("[broken")
    assert problem(repo.path).code == "unreadable"


def test_a_repository_without_a_commit(new_repo):
    assert problem(new_repo("fresh").path).code == "empty"
    assert problem(f"file://{new_repo('fresh-remote').path}").code == "empty"


def test_a_shallow_clone(repo, tmp_path):
    repo.commit({"x": b"1\n"})
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))
    assert problem(tmp_path / "shallow").code == "shallow"


def test_a_repository_that_lacks_an_object(repo, upstream, tmp_path):
    repo.commit({"x": b"lost\n"})
    blob = repo.git("rev-parse", "HEAD:x").strip()
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    stores = Stores(tmp_path / "lacking")
    stores.create()
    with pytest.raises(UpstreamProblem) as caught:
        stores.mirror(upstream, "main")
    assert caught.value.code == "incomplete"
    assert "git fsck" in caught.value.remedy


def test_an_address_that_does_not_answer(tmp_path):
    error = problem(f"file://{tmp_path}/absent")
    assert error.code == "network"
    assert problem("http://user:s3cret@127.0.0.1:9/x.git").code == "network"
    assert "s3cret" not in str(problem("http://user:s3cret@127.0.0.1:9/x.git"))


def test_a_branch_named_like_a_flag_and_one_that_is_not_there(repo, upstream, stores):
    repo.git("update-ref", "refs/heads/-x", "HEAD")
    for name, code in (("-x", "branch_like_flag"), ("absent", "no_such_branch"), ("a..b", "no_such_branch")):
        with pytest.raises(UpstreamProblem) as caught:
            check_branch(upstream, name)
        assert caught.value.code == code
    with pytest.raises(UpstreamProblem) as caught:
        stores.fetch_branch(upstream, "absent", "refs/adopted/1")
    assert caught.value.code == "no_such_branch"
    with pytest.raises(UpstreamProblem):
        stores.fetch_branch(upstream, "main:refs/heads/evil", "refs/adopted/1")


def test_branches_tell_who_when_what_and_where(repo, upstream, tmp_path):
    repo.git("branch", "idle")
    repo.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked"))
    found = {branch.name: branch for branch in upstream.branches()}
    assert set(found) == {"main", "idle", "linked"}
    assert found["main"].checked_out
    assert found["linked"].worktree == str(tmp_path / "linked")
    assert (found["idle"].author, found["idle"].subject, found["idle"].worktree) == ("Olga", "first", None)
    assert found["idle"].committed_at is not None


def test_hostile_branch_names_are_listed_as_they_are(repo, upstream):
    names = ["$(id)", ";id", "<script>", "\u202egnp", "a" * 40, "-x", "main/../x".replace("/../", "\u2024")]
    for name in names:
        repo.git("update-ref", f"refs/heads/{name}", "HEAD")
    assert {branch.name for branch in upstream.branches()} == {"main", *names}


def test_a_tag_of_the_same_name_is_not_the_branch(repo, upstream, stores):
    head = repo.git("rev-parse", "HEAD")
    repo.commit({"x": b"1\n"})
    repo.git("tag", "main", head)
    assert upstream.target_sha("main") == repo.git("rev-parse", "refs/heads/main")
    assert stores.mirror(upstream, "main") == repo.git("rev-parse", "refs/heads/main")


def test_two_fetches_of_the_same_branch_at_once_both_come_through(repo, upstream, stores):
    for number in range(5):
        head = repo.commit({"x": b"%d\n" % number})
        with ThreadPoolExecutor(4) as readers:
            found = list(readers.map(lambda _: stores.mirror(upstream, "main"), range(4)))
        assert found == [head] * 4


def test_a_lock_left_by_a_killed_fetch_is_gits_error_until_it_is_cleared(repo, upstream, stores):
    repo.commit({"x": b"1\n"})
    lock = stores.base.git_dir / "refs/heads/main.lock"
    lock.touch()
    with pytest.raises(GitError, match="lock"):
        stores.mirror(upstream, "main")
    os.utime(lock, (0, 0))
    with stores.lock():
        assert stores.clear_stale_locks() == ["base.git/refs/heads/main.lock"]
    assert stores.mirror(upstream, "main") == upstream.target_sha("main")


def test_a_linked_work_tree_can_be_opened_too(repo, tmp_path):
    repo.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    upstream = Upstream(str(tmp_path / "linked"))
    assert inspect(str(tmp_path / "linked")).default_branch == "side"
    stores = Stores(tmp_path / "s")
    stores.create()
    assert stores.mirror(upstream, "main") == repo.git("rev-parse", "main")


def test_a_move_brings_the_objects_and_leaves_tree_and_other_refs(repo, upstream, stores, edit):
    old = stores.resolve("refs/upstream/main")
    new = edit(old, {"a.txt": b"2\n"})
    upstream.push_objects(stores.hub, new)
    assert upstream.target_sha("main") == old
    assert upstream.compare_and_set("main", new, old) == Moved(new)
    assert upstream.target_sha("main") == new
    repo.git("fsck", "--strict")
    assert (repo.path / "a.txt").read_bytes() == b"one\ntwo\nthree\n"
    assert "teamboard: merged" in repo.git("reflog", "main")


def test_a_target_that_moved_meanwhile_is_not_overwritten(repo, upstream, stores, edit):
    old = stores.resolve("refs/upstream/main")
    new = edit(old, {"a.txt": b"2\n"})
    upstream.push_objects(stores.hub, new)
    theirs = repo.commit({"a.txt": b"theirs\n"})
    assert upstream.compare_and_set("main", new, old) == Raced(theirs)
    assert upstream.target_sha("main") == theirs


def test_of_many_racers_one_wins(upstream, stores, edit):
    old = stores.resolve("refs/upstream/main")
    heads = [edit(old, {"x": b"%d\n" % number}) for number in range(6)]
    for head in heads:
        upstream.push_objects(stores.hub, head)
    with ThreadPoolExecutor(6) as racers:
        outcomes = list(racers.map(lambda head: upstream.compare_and_set("main", head, old), heads))
    assert [type(outcome) for outcome in outcomes].count(Moved) == 1
    assert Moved(upstream.target_sha("main")) in outcomes


def test_a_ref_lock_of_somebody_else_is_named_and_stays(repo, upstream, stores, edit):
    old = stores.resolve("refs/upstream/main")
    new = edit(old, {"a.txt": b"2\n"})
    upstream.push_objects(stores.hub, new)
    lock = repo.path / ".git/refs/heads/main.lock"
    lock.touch()
    assert upstream.compare_and_set("main", new, old) == Locked((str(lock),))
    assert lock.exists()


def test_hooks_of_the_users_repository_do_not_run(repo, upstream, stores, edit, tmp_path):
    mark = tmp_path / "ran"
    for name in ("reference-transaction", "post-update", "pre-push", "post-checkout", "fsmonitor"):
        hook = repo.path / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
        hook.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(repo.path / ".git/hooks/fsmonitor"))
    old = stores.resolve("refs/upstream/main")
    new = edit(old, {"a.txt": b"2\n"})
    upstream.push_objects(stores.hub, new)
    assert upstream.in_the_way(repo.path, old, new) == []
    upstream.compare_and_set("main", new, old)
    assert upstream.sync(repo.path, old, new, "1").done
    assert not mark.exists()


def test_a_users_repository_owned_by_somebody_else_can_be_read(repo, upstream, tmp_path):
    if os.geteuid() != 0:
        return  # only root can give files away; where we are not root nothing is to be proven
    subprocess.run(["chown", "-R", "65534:65534", str(repo.path)], check=True)
    assert inspect(str(repo.path)).default_branch == "main"
    stores = Stores(tmp_path / "s")
    stores.create()
    assert stores.mirror(upstream, "main") == upstream.target_sha("main")


@pytest.fixture
def remote(repo, tmp_path):
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    return Upstream(f"file://{tmp_path / 'remote.git'}")


def test_a_remote_is_described_mirrored_and_listed(remote, stores, repo):
    assert inspect(remote.location).default_branch == "main"
    head = repo.git("rev-parse", "main")
    assert stores.mirror(remote, "main") == head
    assert [(branch.name, branch.sha) for branch in remote.branches()] == [("main", head)]
    (branch,) = remote.branches(stores.hub)
    assert (branch.name, branch.author, branch.subject) == ("main", "Olga", "first")
    assert isinstance(branch, Branch)


def test_a_remote_moves_by_a_push_with_a_lease(remote, stores, edit):
    old = stores.resolve("refs/upstream/main")
    new, other = edit(old, {"a.txt": b"2\n"}), edit(old, {"a.txt": b"3\n"})
    remote.push_objects(stores.hub, new)
    assert remote.compare_and_set("main", new, old, store=stores.hub) == Moved(new)
    assert remote.target_sha("main") == new
    assert remote.compare_and_set("main", other, old, store=stores.hub) == Raced(new)
    assert remote.compare_and_set("main", new, old, store=stores.hub) == Moved(new)


def test_a_remote_that_refuses_is_a_problem_in_words(remote, stores, edit, tmp_path):
    hook = tmp_path / "remote.git/hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    old = stores.resolve("refs/upstream/main")
    with pytest.raises(UpstreamProblem) as caught:
        remote.compare_and_set("main", edit(old, {"a.txt": b"2\n"}), old, store=stores.hub)
    assert caught.value.code == "network"
