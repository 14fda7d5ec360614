"""Candidates: the same each time, honest about conflicts, and the approved content unchanged."""

from teamboard.git import candidates
from teamboard.git.candidates import Candidate, Conflict
from tests.git.conftest import ADA, WHEN


def build(stores, parent, head, **more):
    return candidates.build(stores, parent=parent, head=head, message="land it", author=ADA, when=WHEN, **more)


def test_the_same_arguments_give_the_same_commit(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head, parent = edit(base, {"a.txt": b"one\n2\nthree\n"}), edit(base, {"new.txt": b"x\n"})
    first = build(stores, parent, head)
    assert isinstance(first, Candidate)
    assert build(stores, parent, head) == first
    assert stores.commit_of(first.sha).parents == (parent, head)
    assert stores.tree_of(first.sha) == first.tree


def test_a_squash_has_one_parent_and_the_same_tree(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head, parent = edit(base, {"a.txt": b"1\n"}), edit(base, {"new.txt": b"x\n"})
    squashed = build(stores, parent, head, method="squash")
    assert stores.commit_of(squashed.sha).parents == (parent,)
    assert squashed.tree == build(stores, parent, head).tree


def test_a_conflict_names_its_files(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head, parent = edit(base, {"a.txt": b"1\n"}), edit(base, {"a.txt": b"2\n"})
    assert build(stores, parent, head) == Conflict(("a.txt",))
    assert candidates.conflicts(stores, parent, head) == ["a.txt"]


def test_the_targets_union_attribute_counts_in_a_merge(stores, edit):
    base = edit(stores.resolve("refs/upstream/main"), {".gitattributes": b"log merge=union\n", "log": b"0\n"})
    head, parent = edit(base, {"log": b"0\n1\n"}), edit(base, {"log": b"0\n2\n"})
    assert isinstance(build(stores, parent, head), Candidate)


def test_an_unknown_merge_driver_means_the_plain_text_merge(stores, edit):
    base = edit(stores.resolve("refs/upstream/main"), {".gitattributes": b"log merge=evil\n", "log": b"0\n"})
    head, parent = edit(base, {"log": b"1\n"}), edit(base, {"log": b"2\n"})
    assert build(stores, parent, head) == Conflict(("log",))


def test_a_landed_change_keeps_its_identity(stores, edit):
    base = stores.resolve("refs/upstream/main")
    head, parent = edit(base, {"a.txt": b"one\n2\nthree\n"}), edit(base, {"src/b.py": b"pass\n"})
    landed = build(stores, parent, head)
    assert candidates.patch_identity(stores, base, head) == candidates.patch_identity(stores, parent, landed.sha)


def test_white_space_changes_the_identity(stores, edit):
    base = stores.resolve("refs/upstream/main")
    one = edit(base, {"src/b.py": b"def f():\n    return 2\n"})
    two = edit(base, {"src/b.py": b"def f():\n  return 2\n"})
    assert candidates.patch_identity(stores, base, one).total != candidates.patch_identity(stores, base, two).total


def test_an_empty_change_has_no_identity(stores):
    base = stores.resolve("refs/upstream/main")
    assert candidates.patch_identity(stores, base, base).total == ""
