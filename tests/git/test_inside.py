"""The script inside the sandbox, run directly: clone, snapshot, collect, checkout, and what they give the board."""

import os
import subprocess
import sys

import pytest

from teamboard.git import snapshot
from teamboard.git.snapshot import Report
from tests.git.conftest import ADA


class Inside:
    """One run's folders, and the script on them."""

    def __init__(self, stores, folder):
        self.stores, self.folder = stores, folder
        self.work = folder / "work"
        self.out = folder / "out.bundle"
        self.work.mkdir(parents=True)
        self.base = stores.resolve("refs/upstream/main")

    def run(self, argv):
        done = subprocess.run([sys.executable, *argv[1:]], capture_output=True, check=False)
        assert done.stderr == b""
        return done.stdout

    def clone(self, **more):
        argv = snapshot.clone_script(self.stores.base.git_dir, "main", work=self.work, **more)
        answer = snapshot.read_answer(self.run(argv))
        self.run(snapshot.identity_script(ADA, work=self.work))
        return answer

    def take(self, script, **more) -> Report:
        argv = script(
            self.stores.base.git_dir, self.folder / "git", parent=self.base, out=self.out, work=self.work, **more
        )
        return snapshot.read_report(self.run(argv))

    def snapshot(self, **more):
        return self.take(snapshot.snapshot_script, **more)

    def collect(self, **more):
        return self.take(snapshot.collect_script, **more)

    def ingest(self):
        return self.stores.ingest(self.out, snapshot.REF, "refs/runs/1/1")

    def git(self, *argv):
        done = subprocess.run(["git", *argv], cwd=self.work, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def files(self, sha):
        return {entry.path: entry.mode for entry in self.stores.files(sha)}


@pytest.fixture
def inside(stores, tmp_path):
    return Inside(stores, tmp_path / "run")


def test_a_clone_is_clean_and_borrows_from_the_base_store(inside):
    answer = inside.clone()
    assert answer["head"] == inside.base == inside.git("rev-parse", "origin/main", "HEAD").split()[0]
    assert inside.git("status", "--porcelain") == ""
    assert inside.git("log", "--format=%s") == "first"
    assert inside.git("symbolic-ref", "HEAD") == "refs/heads/work"


def test_a_clone_can_start_at_a_commit_that_only_the_hub_has(inside, edit):
    head = edit(inside.base, {"n.txt": b"n\n"})
    inside.stores.bundle(inside.folder / "in", head, have=[inside.base])
    inside.clone(start=head, bundle=inside.folder / "in")
    assert inside.git("rev-parse", "HEAD") == head
    assert (inside.work / "n.txt").read_bytes() == b"n\n"


def test_a_snapshot_sees_all_but_what_is_ignored_and_leaves_the_clone_alone(inside):
    inside.clone()
    (inside.work / ".gitignore").write_text("*.log\n")
    (inside.work / "x.log").write_text("no")
    (inside.work / "a.txt").write_text("changed\n")
    (inside.work / "src/b.py").unlink()
    (inside.work / "bin").write_text("#!/bin/sh\n")
    (inside.work / "bin").chmod(0o755)
    before = inside.git("status", "--porcelain", "--ignored")
    report = inside.snapshot()
    sha = inside.ingest()
    assert report.sha == sha
    assert inside.files(sha) == {".gitignore": "100644", "a.txt": "100644", "bin": "100755"}
    assert inside.git("status", "--porcelain", "--ignored") == before
    assert inside.stores.commit_of(sha).parents == (inside.base,)


def test_an_unchanged_folder_gives_no_bundle(inside):
    inside.clone()
    assert not inside.snapshot().bundle
    (inside.work / "a.txt").write_text("changed\n")
    assert inside.snapshot().bundle
    assert not inside.snapshot().bundle
    (inside.work / "a.txt").write_bytes(b"one\ntwo\nthree\n")
    report = inside.snapshot()
    assert report.bundle
    assert report.tree == inside.stores.tree_of(inside.base)


def test_files_of_a_nested_repository_are_kept_and_said(inside):
    inside.clone()
    (inside.work / ".gitignore").write_text("*.log\n")
    nested = inside.work / "vendor"
    subprocess.run(["git", "init", "-q", str(nested)], check=True)
    (nested / "deep").mkdir()
    (nested / "deep/lib.c").write_text("int x;\n")
    (nested / "x.log").write_text("no")
    report = inside.collect()
    assert report.nested == ("vendor/",)
    assert set(inside.files(inside.ingest())) == {".gitignore", "a.txt", "src/b.py", "vendor/deep/lib.c"}


def test_collect_keeps_the_agents_commits_and_puts_leftovers_on_top(inside):
    inside.clone()
    (inside.work / "a.txt").write_text("committed\n")
    inside.git("commit", "-aqm", "mine")
    (inside.work / "left.txt").write_text("left\n")
    report = inside.collect()
    log = inside.stores.commits(inside.base, inside.ingest())
    assert [commit.subject for commit in log] == ["Work that was not committed", "mine"]
    assert log[1].author == ADA
    assert report.notes == ("leftovers",)
    assert report.head == log[1].sha


def test_collect_without_leftovers_gives_the_agents_own_head(inside):
    inside.clone()
    (inside.work / "a.txt").write_text("committed\n")
    inside.git("commit", "-aqm", "mine")
    report = inside.collect()
    assert report.sha == report.head == inside.ingest() == inside.git("rev-parse", "HEAD")
    assert report.notes == ()


def test_an_agent_that_commits_nothing_gives_nothing(inside):
    inside.clone()
    report = inside.collect()
    assert not report.bundle
    assert report.sha == inside.base


def test_a_deleted_git_folder_loses_the_history_but_not_the_work(inside):
    inside.clone()
    (inside.work / "a.txt").write_text("kept\n")
    subprocess.run(["rm", "-rf", str(inside.work / ".git")], check=True)
    report = inside.collect()
    assert "history_unreadable" in report.notes
    assert inside.stores.blob(inside.ingest(), "a.txt") == b"kept\n"


def test_a_deleted_clone_is_a_removal_of_every_file(inside):
    inside.clone()
    subprocess.run(["rm", "-rf", str(inside.work)], check=True)
    inside.work.mkdir()
    report = inside.collect()
    assert report.tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_an_unrelated_history_is_flattened_onto_the_base(inside):
    inside.clone()
    inside.git("checkout", "-q", "--orphan", "alone")
    (inside.work / "a.txt").write_text("new\n")
    inside.git("commit", "-aqm", "alone")
    report = inside.collect()
    assert "history_unrelated" in report.notes
    sha = inside.ingest()
    assert inside.stores.commit_of(sha).parents == (inside.base,)
    assert inside.stores.blob(sha, "a.txt") == b"new\n"


def test_a_rewritten_history_is_said(inside, repo, upstream):
    repo.commit({"c.txt": b"c\n"}, "second")
    inside.base = inside.stores.mirror(upstream, "main")
    inside.clone()
    inside.git("reset", "-q", "--hard", "HEAD~1")
    (inside.work / "a.txt").write_text("new\n")
    inside.git("commit", "-aqm", "rewritten")
    assert inside.collect().notes == ("history_rewritten",)
    assert "c.txt" not in inside.files(inside.ingest())


def test_links_out_of_the_folder_are_kept_as_links_and_never_followed(inside, tmp_path):
    inside.clone()
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("s3cret")
    (inside.work / "link").symlink_to(secret / "key")
    subprocess.run(["rm", "-rf", str(inside.work / "src")], check=True)
    (inside.work / "src").symlink_to(secret)
    inside.collect()
    sha = inside.ingest()
    assert inside.files(sha) == {"a.txt": "100644", "link": "120000", "src": "120000"}
    assert inside.stores.blob(sha, "link") == os.fsencode(secret / "key")


def test_a_file_that_became_a_folder_and_back(inside):
    inside.clone()
    (inside.work / "a.txt").unlink()
    (inside.work / "a.txt").mkdir()
    (inside.work / "a.txt/in").write_text("in\n")
    subprocess.run(["rm", "-rf", str(inside.work / "src")], check=True)
    (inside.work / "src").write_text("file\n")
    inside.snapshot()
    assert set(inside.files(inside.ingest())) == {"a.txt/in", "src"}


def test_hostile_names_and_odd_files(inside):
    inside.clone()
    names = [b"new\nline", b"-rf", b"\xff\xfe", b":(glob)*", b'quo"te', b"sp ace ", "e\u0301".encode()]
    for name in names:
        with open(os.path.join(os.fsencode(inside.work), name), "wb") as file:
            file.write(name)
    os.mkfifo(inside.work / "pipe")
    report = inside.collect()
    assert report.left_out == ()
    assert set(inside.files(inside.ingest())) == {"a.txt", "src/b.py", *map(os.fsdecode, names)}


def test_a_file_over_the_limit_is_left_out_and_named(inside):
    inside.clone()
    (inside.work / "big").write_bytes(b"x" * 2000)
    report = inside.snapshot(max_file=1000)
    assert report.left_out == (("big", "it has 2000 bytes; 1000 are allowed"),)


def test_hooks_filters_and_replace_refs_of_the_agent_change_nothing(inside, tmp_path):
    inside.clone()
    mark = tmp_path / "ran"
    hook = inside.work / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    inside.git("config", "filter.evil.clean", f"touch {mark}")
    inside.git("config", "core.fsmonitor", f"touch {mark}")
    (inside.work / ".gitattributes").write_text("*.txt filter=evil\n")
    (inside.work / "a.txt").write_text("shown\n")
    inside.snapshot()
    assert not mark.exists()
    assert inside.stores.blob(inside.ingest(), "a.txt") == b"shown\n"


def test_a_checkout_holds_the_tree_and_no_git(inside, edit, tmp_path):
    head = edit(inside.base, {"n.txt": b"n\n"})
    inside.stores.bundle(tmp_path / "in", head, have=[inside.base])
    argv = snapshot.checkout_script(inside.stores.base.git_dir, head, bundle=tmp_path / "in", work=inside.work)
    snapshot.read_answer(inside.run(argv))
    found = {str(path.relative_to(inside.work)) for path in inside.work.rglob("*") if path.is_file()}
    assert found == {"a.txt", "src/b.py", "n.txt"}


def test_a_checkout_refuses_a_folder_that_holds_something(inside):
    (inside.work / "old").write_text("old")
    argv = snapshot.checkout_script(inside.stores.base.git_dir, inside.base, work=inside.work)
    with pytest.raises(snapshot.InsideFailed, match="is not empty"):
        snapshot.read_answer(inside.run(argv))


def test_what_a_killed_snapshot_left_does_not_stop_the_next_one(inside):
    inside.clone()
    (inside.work / "a.txt").write_text("one\n")
    inside.snapshot()
    (inside.folder / "git/index.lock").touch()
    (inside.work / "a.txt").write_text("two\n")
    inside.snapshot()
    assert inside.stores.blob(inside.ingest(), "a.txt") == b"two\n"
    (inside.folder / "git/made").unlink()
    (inside.folder / "git/objects/info/alternates").unlink()
    assert inside.snapshot().bundle


def test_the_folder_of_a_submodule_is_left_as_the_commit_it_names(inside, repo, upstream):
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repo.git("commit", "-qm", "sub")
    inside.base = inside.stores.mirror(upstream, "main")
    inside.clone()
    (inside.work / "sub").mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", str(inside.work / "sub")], check=True)
    (inside.work / "sub/x").write_text("x\n")
    (inside.work / "a.txt").write_text("two\n")
    inside.collect()
    assert inside.files(inside.ingest()) == {"a.txt": "100644", "src/b.py": "100644", "sub": "160000"}


def test_history_that_names_missing_objects_is_flattened(inside):
    inside.clone()
    (inside.work / "a.txt").write_text("kept\n")
    inside.git("commit", "-aqm", "mine")
    blob = inside.git("rev-parse", "HEAD:a.txt")
    (inside.work / ".git/objects" / blob[:2] / blob[2:]).unlink()
    report = inside.collect()
    assert {"history_unreadable", "leftovers"} == set(report.notes)
    assert inside.stores.blob(inside.ingest(), "a.txt") == b"kept\n"
