"""Bytes to lines, whatever the chunks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agents.output import LONGEST_LINE, LineReader, Redactor


def chunks(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def through(secrets: list[str], pieces: list[bytes]) -> str:
    reader = LineReader(secrets)
    texts = [reader.feed(piece) for piece in pieces] + [reader.flush()]
    return "\n".join(text for text in texts if text is not None)


@given(st.binary(), st.lists(st.integers(min_value=0)))
def test_lines_do_not_depend_on_chunks(data, cuts):
    whole = data.decode(errors="replace").replace("\x00", "\ufffd")
    assert through([], chunks(data, cuts)) == whole.removesuffix("\n")


@given(
    st.lists(st.sampled_from([b"secret", b"secretive", b"sec", b"ret", b" ", b"x\n"])),
    st.lists(st.integers(min_value=0)),
)
def test_no_secret_comes_through_at_any_border(parts, cuts):
    out = through(["secret", "secretive"], chunks(b"".join(parts), cuts))
    assert "secret" not in out


def test_a_longer_secret_wins_over_its_beginning():
    redactor = Redactor(["secret", "secretive"])
    assert redactor.feed(b"secret") + redactor.feed(b"ive!") + redactor.flush() == b"[redacted]!"


def test_other_spellings_are_masked_too():
    assert (
        through(['a"b/c+d-e'], [b'"a\\"b/c+d-e" a%22b%2Fc%2Bd-e YSJiL2MrZC1l\n'])
        == '"[redacted]" [redacted] [redacted]'
    )


def test_an_empty_secret_masks_nothing():
    assert through([""], [b"abc\n"]) == "abc"


def test_a_line_without_an_end_is_cut():
    reader = LineReader([])
    assert reader.feed(b"x" * LONGEST_LINE) == "x" * LONGEST_LINE
    assert reader.flush() is None
