"""A comment follows its lines through patch sets and is never lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from teamboard.git import anchors
from teamboard.git.anchors import Position

TEXT = [f"line {number}\n".encode() for number in range(1, 31)]


@pytest.fixture
def carry(stores, edit):
    """Port a position on lines of `before` to where they are in `after`."""

    def port(before, after, start, end, *, path="f.txt", to_path="f.txt"):
        base = stores.resolve("refs/upstream/main")
        old = edit(base, {path: b"".join(before)})
        new = edit(base, {to_path: b"".join(after)}) if after is not None else base
        text = b"".join(before[start - 1 : end]).decode()
        return anchors.port(stores, Position(path, "new", start, end, text), from_=(base, old), to=(base, new))

    return port


def at(position):
    return position.start, position.end, position.kind


def test_untouched_lines_stay(carry):
    assert at(carry(TEXT, TEXT, 5, 7)) == (5, 7, "exact")
    assert at(carry(TEXT, [*TEXT[:20], b"new\n", *TEXT[20:]], 5, 7)) == (5, 7, "exact")


def test_lines_move_with_what_is_put_in_or_taken_out_above(carry):
    assert at(carry(TEXT, [b"new\n", b"more\n", *TEXT], 5, 7)) == (7, 9, "moved")
    assert at(carry(TEXT, TEXT[2:], 5, 7)) == (3, 5, "moved")
    assert at(carry(TEXT, [b"other\n", *TEXT[2:]], 5, 7)) == (4, 6, "moved")


def test_an_insertion_right_above_or_below_does_not_touch_the_lines(carry):
    assert at(carry(TEXT, [*TEXT[:4], b"new\n", *TEXT[4:]], 5, 7)) == (6, 8, "moved")
    assert at(carry(TEXT, [*TEXT[:7], b"new\n", *TEXT[7:]], 5, 7)) == (5, 7, "exact")


def test_an_edit_inside_the_range_leaves_it_on_what_is_left(carry):
    assert at(carry(TEXT, [*TEXT[:4], b"edited\n", *TEXT[5:]], 4, 6)) == (4, 6, "drifted")
    assert at(carry(TEXT, [*TEXT[:4], b"a\n", b"b\n", *TEXT[4:]], 4, 6)) == (4, 8, "drifted")


def test_a_line_that_was_cut_and_put_back_near_by_is_found_by_its_text(carry):
    assert at(carry(TEXT, [*TEXT[:4], *TEXT[5:12], TEXT[4], *TEXT[12:]], 5, 5)) == (12, 12, "moved")


def test_a_line_of_an_old_encoding_is_found_by_its_bytes(stores, edit):
    base = stores.resolve("refs/upstream/main")
    text = [*TEXT[:4], "Grüße\n".encode("latin-1"), "Grüsse\n".encode("latin-1"), *TEXT[6:]]
    old = edit(base, {"f.txt": b"".join(text)})
    new = edit(base, {"f.txt": b"".join([*text[:4], *text[5:12], text[4], *text[12:]])})
    said = anchors.lines_of(b"".join(text))[4]
    assert said == "Gr\\xfc\\xdfe"
    ported = anchors.port(stores, Position("f.txt", "new", 5, 5, said), from_=(base, old), to=(base, new))
    assert at(ported) == (12, 12, "moved")


def test_the_end_of_a_file_is_no_line_to_find_an_empty_one_at(carry):
    ported = carry([b"a\n", b"d\n", b"\n"], [b"a\n", b"d\n"], 1, 3)
    assert at(ported) == (1, 2, "drifted")


def test_lines_that_are_gone_leave_a_comment_on_the_file(carry):
    ported = carry(TEXT, [*TEXT[:4], *TEXT[7:]], 5, 7)
    assert at(ported) == (None, None, "file")
    assert ported.path == "f.txt"


def test_a_file_that_is_gone_leaves_a_comment_on_the_change(carry):
    ported = carry(TEXT, None, 5, 7)
    assert (ported.path, ported.kind) == ("", "change")


def test_lines_follow_a_renamed_file(carry):
    ported = carry(TEXT, [b"new\n", *TEXT], 5, 7, to_path="moved.txt")
    assert (ported.path, *at(ported)) == ("moved.txt", 6, 8, "moved")


def test_the_old_side_follows_the_base(stores, edit):
    base = edit(stores.resolve("refs/upstream/main"), {"f.txt": b"".join(TEXT)})
    later = edit(base, {"f.txt": b"new\n" + b"".join(TEXT)})
    here = Position("f.txt", "old", 3, 3, "line 3\n")
    assert at(anchors.port(stores, here, from_=(base, base), to=(later, later))) == (4, 4, "moved")


def test_many_positions_come_back_in_order(stores, edit):
    base = stores.resolve("refs/upstream/main")
    old, new = edit(base, {"f.txt": b"".join(TEXT)}), edit(base, {"f.txt": b"x\n" + b"".join(TEXT)})
    positions = [Position("f.txt", "new", 9, 9, "line 9\n"), Position(""), Position("a.txt", "old"), Position("f.txt")]
    ported = anchors.port_all(stores, positions, from_=(base, old), to=(base, new))
    assert [position.start for position in ported] == [10, None, None, None]
    assert [position.path for position in ported] == ["f.txt", "", "a.txt", "f.txt"]


lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n", b"\n"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=lines, after=lines, data=st.data())
def test_a_ported_range_lies_in_the_file_and_exact_or_moved_keeps_the_text(carry, before, after, data):
    start = data.draw(st.integers(1, len(before)))
    end = data.draw(st.integers(start, len(before)))
    ported = carry(before, after, start, end)
    if ported.start is None:
        assert ported.kind in ("file", "change")
        return
    assert 1 <= ported.start <= ported.end <= len(after)
    if ported.kind in ("exact", "moved"):
        assert after[ported.start - 1 : ported.end] == before[start - 1 : end]
