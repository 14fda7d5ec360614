"""Two patch sets compared: what the author changed, without what came with another base."""

import pytest

from teamboard.git import diff

TEXT = [f"line {number}\n".encode() for number in range(1, 41)]


def text(**changes):
    lines = list(TEXT)
    for at, line in changes.items():
        lines[int(at[1:]) - 1] = line
    return b"".join(lines)


@pytest.fixture
def start(stores, edit):
    return edit(stores.resolve("refs/upstream/main"), {"f.txt": text()})


def test_a_pure_rebase_is_empty(stores, edit, start):
    moved = edit(start, {"f.txt": text(l2=b"theirs\n"), "other.txt": b"x\n"})
    one = edit(start, {"f.txt": text(l30=b"mine\n"), "n.txt": b"n\n"})
    two = edit(moved, {"f.txt": text(l2=b"theirs\n", l30=b"mine\n"), "n.txt": b"n\n"})
    assert diff.interdiff(stores, (start, one), (moved, two)) == []


def test_only_the_authors_own_edit_is_left_after_a_rebase(stores, edit, start):
    moved = edit(start, {"f.txt": text(l2=b"theirs\n")})
    one = edit(start, {"f.txt": text(l30=b"mine\n")})
    two = edit(moved, {"f.txt": text(l2=b"theirs\n", l30=b"mine, better\n")})
    (file,) = diff.interdiff(stores, (start, one), (moved, two))
    changed = [(line.kind, line.text) for hunk in file.hunks for line in hunk.lines if line.kind != "context"]
    assert changed == [("delete", "mine"), ("add", "mine, better")]


def test_on_the_same_base_it_is_the_plain_difference(stores, edit, start):
    one, two = edit(start, {"f.txt": text(l3=b"1\n")}), edit(start, {"f.txt": text(l3=b"2\n")})
    assert diff.interdiff(stores, (start, one), (start, two)) == diff.full_diff(stores, one, two)


def test_a_resolved_conflict_is_never_hidden(stores, edit, start):
    moved = edit(start, {"f.txt": text(l3=b"theirs\n")})
    one = edit(start, {"f.txt": text(l3=b"mine\n")})
    two = edit(moved, {"f.txt": text(l3=b"both\n")})
    (file,) = diff.interdiff(stores, (start, one), (moved, two))
    assert ("add", "both") in {(line.kind, line.text) for hunk in file.hunks for line in hunk.lines}


def test_a_dropped_file_of_the_first_patch_set_is_shown(stores, edit, start):
    moved = edit(start, {"other.txt": b"x\n"})
    one = edit(start, {"n.txt": b"n\n", "f.txt": text(l3=b"mine\n")})
    two = edit(moved, {"f.txt": text(l3=b"mine\n")})
    (file,) = diff.interdiff(stores, (start, one), (moved, two))
    assert (file.path, file.status) == ("n.txt", "D")


def test_words_of_a_line():
    spans = diff.words("return old_name(x)", "return new_name(x, y)")
    assert [("return old_name(x)"[a:b]) for a, b in spans.old] == ["old_name"]
    assert [("return new_name(x, y)"[a:b]) for a, b in spans.new] == ["new_name", ", y"]
    assert diff.words("nothing alike", "%%%") == ((), ())
    assert diff.words("a " * 500, "b " * 500) == ((), ())
