"""What the change page has really drawn, and what it therefore has not shown (I-14)."""

import pytest

from teamboard.reviews import queries
from tests import factories

pytestmark = pytest.mark.django_db


def left(room) -> list[str]:
    return queries.unshown_to(room.change.patch_sets.last(), factories.ada())


def tell(room, as_, *paths: str, ps: str = "1", **more: str) -> str:
    answer = as_(factories.ada()).post(f"/changes/{room.change.pk}/served/", {"ps": ps, "path": paths, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_binary_file_is_never_shown_whatever_the_page_says(room, as_):
    html = tell(room, as_)
    assert left(room) == ["logo.bin"]
    assert 'data-name="shown:logo.bin"' in html
    assert "was not shown to you: binary" in html
    tell(room, as_, "logo.bin")
    assert left(room) == ["logo.bin"]


def test_a_file_beyond_the_page_is_shown_once_it_is_filled_in(start, as_):
    many = b"".join(b"x%d\n" % n for n in range(9_000))
    room = start(base={"a": b"a\n"}, first={"one.txt": many, "two.txt": many})
    tell(room, as_)
    assert left(room) == ["two.txt"]
    tell(room, as_, "two.txt")
    assert left(room) == []


def test_a_file_above_a_megabyte_is_listed_opened_by_name_and_shown_then(start, as_):
    big = b"".join(b"row %d of a very long list that nobody reads\n" % n for n in range(25_000))
    room = start(base={"a": b"a\n"}, first={"big.txt": big})
    assert "too big to be drawn" in tell(room, as_)
    assert left(room) == ["big.txt"]
    opened = as_(factories.ada()).get(f"/changes/{room.change.pk}/diff/?ps=1&path=big.txt&open=1").content.decode()
    assert 'data-n="25000"' in opened
    assert "data-name" not in tell(room, as_, "big.txt")
    assert left(room) == []


def test_only_who_approves_is_told_what_is_left(room, as_):
    answer = as_(factories.rui(room.project)).post(f"/changes/{room.change.pk}/served/", {"ps": "1"})
    assert answer.content.decode() == '<ul id="unshown" hidden></ul>'


def test_what_differs_from_a_patch_set_that_was_read_makes_the_next_one_read(room, as_):
    tell(room, as_)
    room.upload({"ledger/posting.py": b"def total():\n    return 0\n", "ledger/extra.py": b"x = 1\n"})
    assert left(room) == ["ledger/extra.py", "ledger/posting.py", "logo.bin"]
    tell(room, as_, ps="2", against="1")
    # A file that is new since needs its own diff: what it stands against was never read.
    assert left(room) == ["ledger/extra.py", "logo.bin"]
    tell(room, as_, ps="2")
    assert left(room) == ["logo.bin"]
