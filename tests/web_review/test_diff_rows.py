"""Rows of a diff: one element a line, every character as it is, nothing that acts."""

import re
import time
from html import unescape
from html.parser import HTMLParser

import pytest

from teamboard.git.diff import FileDiff, Hunk, Line
from teamboard.parts.code import colour, mark, visible
from teamboard.parts.diff import Drawing, diff, file_article
from teamboard.parts.pairs import side_by_side
from teamboard.parts.paths import key_of, pack, unpack


def file_of(*lines: Line, path: str = "ledger/posting.py", **fields) -> FileDiff:
    added = sum(line.kind == "add" for line in lines)
    removed = sum(line.kind == "delete" for line in lines)
    given = {"status": "M", "old_blob": "a" * 40, "new_blob": "b" * 40, "binary": False, "too_big": False, **fields}
    hunk = Hunk(1, len(lines), 1, len(lines), "", lines)
    return FileDiff(
        path=path,
        old_path=path,
        old_mode="100644",
        new_mode="100644",
        additions=added,
        deletions=removed,
        hunks=(hunk,) if lines else (),
        **given,
    )


class Rows(HTMLParser):
    """(tag, old, new, text) of each row, as a browser would read it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.depth = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("class") == "ln":
            self.rows.append([tag, given.get("data-o", ""), given.get("data-n", ""), ""])
            self.depth = 1
        elif self.depth:
            self.depth += 1

    def handle_endtag(self, tag):
        self.depth = max(0, self.depth - 1)

    def handle_data(self, data):
        if self.depth:
            self.rows[-1][3] += data


LINES = (
    Line("context", 1, 1, "def total(self):"),
    Line("delete", 2, None, "    return round(self.minor * self.rate) # <b>&amp;"),
    Line("add", None, 2, "    return self.scale(self.rate)  # \"'`"),
    Line("add", None, 3, "\tif a < b and c > d: pass"),
    Line("context", 3, 4, ""),
)


@pytest.mark.parametrize("coloured", [True, False])
def test_each_line_is_one_element_with_its_numbers_and_text(coloured):
    html = diff([file_of(*LINES)], Drawing(url="/x?", coloured=coloured))
    tags = {"context": "div", "delete": "del", "add": "ins"}
    assert Rows(html).rows == [[tags[line.kind], str(line.old or ""), str(line.new or ""), line.text] for line in LINES]


def test_changed_words_are_marked_and_the_rest_is_not():
    html = diff(
        [file_of(Line("delete", 1, None, "x = round(a)"), Line("add", None, 1, "x = floor(a)"))], Drawing("/x?")
    )
    assert [unescape(re.sub("<[^>]+>", "", word)) for word in re.findall("<mark>(.*?)</mark>", html)] == [
        "round",
        "floor",
    ]


def test_marks_and_colours_nest_for_any_cut():
    tokens = (("k", "return"), ("", " "), ("f", "scale"), ("", "(a)"))
    for start in range(len("return scale(a)")):
        html = mark(tokens, [(start, start + 3)])
        assert re.sub("<[^>]+>", "", html) == "return scale(a)"
        assert html.count("<mark>") == html.count("</mark>") == 1


def test_colour_never_changes_the_text():
    text = "'''never closed\r\n\x0c def\n\n\tclass X: pass"
    tokens = colour("a.py", "c" * 40, 1, text, until=time.monotonic() + 5)
    assert tokens is not None
    assert "\n".join("".join(piece for _, piece in line) for line in tokens) == text


def test_without_time_there_is_no_new_colour_and_the_file_says_so():
    some = file_of(*LINES, new_blob="d" * 40, old_blob="e" * 40)
    html = file_article(some, Drawing(url="/x?", until=0))
    assert "data-plain" in html
    assert '<span class="k">' not in html


def test_characters_that_hide_or_reorder_are_spelled_out():
    html = diff([file_of(Line("add", None, 1, "a\u202eb\x1b[0m\u200b"))], Drawing("/x?"))
    assert "\u202e" not in html
    assert "U+202E" in html
    assert "\x1b" not in html
    assert visible("name\u2066.py") == "name⟦U+2066⟧.py"


def test_a_change_of_line_ends_can_be_seen():
    html = diff([file_of(Line("delete", 1, None, "same"), Line("add", None, 1, "same\r"))], Drawing("/x?"))
    assert html.count('title="carriage return"') == 1


def test_a_missing_last_line_break_is_said():
    html = diff([file_of(Line("add", None, 1, "end", True))], Drawing("/x?"))
    assert "no newline at the end" in html


def anchors(html: str) -> set[str]:
    return set(re.findall(r'id="(f-[^"]+-[RL]\d+)"', html))


def test_side_by_side_puts_a_line_beside_the_one_it_replaced():
    assert list(side_by_side(LINES)) == [(0, 0), (1, 2), (None, 3), (4, 4)]
    html = diff([file_of(*LINES)], Drawing("/x?", split=True))
    assert html.count('class="pair"') == 4
    unified = diff([file_of(*LINES)], Drawing("/x?"))
    assert anchors(html) == anchors(unified) != set()
    assert html.count("ln void") == 1


def test_hunks_hold_at_most_two_hundred_lines():
    many = [Line("add", None, n, "x") for n in range(1, 451)]
    html = diff([file_of(*many)], Drawing("/x?"))
    assert re.findall(r'class="hunk".*?--n:(\d+)', html) == ["200", "200", "50"]


def test_a_file_name_of_any_bytes_survives_the_way_to_the_page_and_back():
    name = "r\udcffed <b>\"'\n.py"
    assert unpack(pack(name)) == name
    assert pack(name).isascii()
    html = file_article(file_of(*LINES, path=name), Drawing("/x?"))
    html.encode()
    assert "<b>" not in html
    assert key_of(name) in html


def test_five_thousand_lines_are_drawn_in_a_blink():
    many = [Line("add", None, n, f"    return Money(round(self.amount{n}.minor * self.rate))") for n in range(1, 5001)]
    began = time.perf_counter()
    html = diff([file_of(*many)], Drawing("/x?", coloured=False))
    # 10 ms on an idle machine; the limit only catches a change of kind.
    assert time.perf_counter() - began < 0.5
    assert len(html) < 150 * 5000
