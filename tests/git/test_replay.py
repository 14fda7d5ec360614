"""A rebase without a work tree: each commit on its new place, the same each time, and a conflict names its commit."""

from teamboard.git import candidates
from teamboard.git.candidates import Candidate, Conflict
from tests.git.conftest import ADA, WHEN


def rebase(stores, parent, base, head):
    return candidates.rebase(stores, parent=parent, base=base, head=head, when=WHEN)


def test_each_commit_keeps_its_author_and_words_on_the_new_base(stores, edit):
    base = stores.resolve("refs/upstream/main")
    first = edit(base, {"a.txt": b"one\n2\nthree\n"})
    head = stores.write_file_change(first, {"new.py": b"x = 1\n"}, message="Add x\n\nBecause.\n", author=ADA, when=WHEN)
    onto = edit(base, {"other.txt": b"other\n"})
    made = rebase(stores, onto, base, head)
    assert isinstance(made, Candidate)
    assert [step.subject for step in made.steps][-1] == "Add x"
    last, before = stores.commit_of(made.sha), stores.commit_of(made.steps[0].sha)
    assert (last.parents, before.parents) == ((made.steps[0].sha,), (onto,))
    assert (last.author, last.message) == (ADA, "Add x\n\nBecause.\n")
    assert {entry.path for entry in stores.files(made.sha)} >= {"a.txt", "new.py", "other.txt"}
    assert [stores.tree_of(step.sha) for step in made.steps] == [step.tree for step in made.steps]


def test_the_same_commits_come_out_each_time(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head, onto = edit(edit(base, {"a.txt": b"1\n"}), {"b": b"1\n"}), edit(base, {"other.txt": b"other\n"})
    once = rebase(stores, onto, base, head)
    candidates.replay.cache_clear()
    assert rebase(stores, onto, base, head) == once


def test_what_stands_on_its_place_already_is_not_written_anew(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head = edit(edit(base, {"a.txt": b"1\n"}), {"b": b"1\n"})
    assert rebase(stores, base, base, head).sha == head


def test_it_is_the_tree_that_gits_own_rebase_makes(stores, edit, repo, upstream):
    base = stores.resolve("refs/upstream/main")
    repo.git("checkout", "-q", "-b", "feature", base)
    for number in range(3):
        repo.commit({"a.txt": b"one\n%d\nthree\n" % number, f"f{number}": b"x\n"}, f"step {number}")
    head = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "target", base)
    onto = repo.commit({"elsewhere": b"y\n"})
    repo.git("checkout", "-q", "feature")
    repo.git("rebase", "-q", "target")
    for name in ("feature", "target"):
        stores.fetch_branch(upstream, name, f"refs/test/{name}")
    repo.git("update-ref", "refs/heads/old", head)
    stores.fetch_branch(upstream, "old", "refs/test/old")
    made = rebase(stores, onto, base, head)
    theirs = repo.git("log", "--reverse", "--format=%T", "target..feature").split()
    assert [step.tree for step in made.steps] == theirs


def test_a_conflict_names_the_commit_and_its_files(stores, edit):
    base = stores.resolve("refs/upstream/main")
    fine = edit(base, {"b.txt": b"b\n"})
    bad = stores.write_file_change(fine, {"a.txt": b"mine\n"}, message="Change a\n", author=ADA, when=WHEN)
    head = edit(bad, {"c.txt": b"c\n"})
    assert rebase(stores, edit(base, {"a.txt": b"theirs\n"}), base, head) == Conflict(("a.txt",), bad, "Change a")


def test_a_commit_that_conflicts_on_the_way_is_said_though_the_end_would_merge(stores, edit):
    base = stores.resolve("refs/upstream/main")
    there = edit(base, {"a.txt": b"mine\n"})
    back = edit(there, {"a.txt": stores.blob(base, "a.txt"), "b.txt": b"b\n"})
    onto = edit(base, {"a.txt": b"theirs\n"})
    assert candidates.conflicts(stores, onto, back) == []
    assert isinstance(rebase(stores, onto, base, back), Conflict)


def test_what_the_target_has_already_falls_away(stores, edit):
    base = stores.resolve("refs/upstream/main")
    picked = edit(base, {"b.txt": b"b\n"})
    head = edit(picked, {"c.txt": b"c\n"})
    onto = edit(edit(base, {"z.txt": b"z\n"}), {"b.txt": b"b\n"})
    made = rebase(stores, onto, base, head)
    assert len(made.steps) == 1
    assert rebase(stores, head, base, picked) == Candidate(head, stores.tree_of(head))


def test_a_merge_in_the_branch_falls_away_and_bytes_of_an_old_encoding_stay(stores, edit):
    base = stores.resolve("refs/upstream/main")
    mine, side = edit(base, {"b.txt": b"b\n"}), edit(base, {"s.txt": b"s\n"})
    both = candidates.build(stores, parent=mine, head=side, message="merge", author=ADA, when=WHEN)
    tree = stores.tree_of(edit(both.sha, {"l.txt": b"l\n"}))
    raw = (
        f"tree {tree}\nparent {both.sha}\nauthor J\xfcrgen <j@example.org> 1700000000 +0530\n"
        "committer X <x@example.org> 1700000000 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n"
    ).encode("latin-1")
    head = stores.hub.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw).decode().strip()
    made = rebase(stores, edit(base, {"z.txt": b"z\n"}), base, head)
    assert len(made.steps) == 3
    written = stores.hub.run("cat-file", "commit", made.sha)
    assert b"author J\xfcrgen <j@example.org> 1700000000 +0530\n" in written
    assert b"\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n" in written
