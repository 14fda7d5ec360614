"""What others wrote is shown and never obeyed."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teamboard.lib import text

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![tracker](https://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:x)",
    "<a href='javascript:alert(1)'>x</a>",
    "<div hx-get='/api/v1/tokens' hx-trigger=load></div>",
    "<div data-hx-get='/changes/1/approve' data-hx-trigger='load'></div>",
    "<svg onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style>body{display:none}</style>",
    "<form action=//evil.example><input name=q></form>",
    '[x](https://ok.example "onmouseover=alert(1)")',
    '[x](https://ok.example"onmouseover="alert(1))',
    "<https://ok.example/<script>>",
    "`<script>alert(1)</script>`",
    '```html" onload=alert(1)\n<b>x</b>\n```',
    "<hx-partial hx-target='#board'>x</hx-partial>",
    "<!--<img src=x onerror=alert(1)>-->",
    "| <b onclick=x>a</b> |\n|---|\n| <script>1</script> |",
    "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07",
    '\x1b[31"onload=alert(1)m',
]


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def assert_inert(html: str) -> None:
    for tag, attributes in Reader(html).tags:
        assert tag in text.TAGS | {"span"}, html
        allowed = {"a": {"href", "title", "rel"}, "span": {"class", "title"}}.get(tag, set())
        assert attributes.keys() <= allowed, html
        assert re.match(r"(https?:|mailto:|[^:]*$)", attributes.get("href") or ""), html


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("renderer", [text.markdown, text.plain, text.terminal])
def test_nothing_that_was_written_can_act(renderer, payload):
    assert_inert(renderer(payload))


@given(st.text())
def test_no_text_at_all_can_act(any_text):
    for renderer in (text.markdown, text.plain, text.terminal):
        assert_inert(renderer(any_text))


@given(st.text(alphabet="\x1b[]m;0123456789\x07\r\b\n<>&\"'abc"))
def test_no_terminal_sequence_can_act(any_text):
    html = text.terminal(any_text)
    assert_inert(html)
    assert "\x1b" not in html


def test_markdown_keeps_what_people_write():
    html = text.markdown(
        "**Bold** `code`\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[site](https://x.example)"
    )
    assert "<strong>Bold</strong> <code>code</code>" in html
    assert "<li>one</li>" in html
    assert "<td>2</td>" in html
    assert '<a href="https://x.example" rel="noopener noreferrer nofollow">site</a>' in html


def test_html_in_markdown_is_shown_as_text():
    assert "&lt;b&gt;" in text.markdown("Use <b> sparingly")


@pytest.mark.parametrize(
    ("mark", "name"),
    [("\u202e", "right-to-left override"), ("\u200b", "zero width space"), ("\u2066", "left-to-right isolate")],
)
@pytest.mark.parametrize("renderer", [text.markdown, text.plain, text.terminal])
def test_marks_that_hide_or_turn_text_are_made_visible(renderer, mark, name):
    html = renderer(f"if admin{mark}:")
    assert mark not in html
    assert f'title="{name}">U+{ord(mark):04X}</span>' in html


def test_ordinary_writing_in_any_script_stays_as_it_is():
    for words in ("Übergröße", "שלום", "مرحبا", "日本語", "naïve", "👍", "❤\ufe0f", "👩\u200d💻", "می\u200cخواهم"):
        assert text.plain(words) == words


def test_a_terminal_shows_colours():
    html = text.terminal("\x1b[1;31mFAILED\x1b[0m tests")
    assert html == '<span class="ansi bold red">FAILED</span> tests'


def test_a_progress_bar_leaves_its_last_state():
    assert text.terminal("10%\r50%\r100%\nnext\r\n") == "100%\nnext\n"


def test_a_terminal_obeys_no_commands():
    assert text.terminal("\x1b]0;title\x07\x1b[2J\x1b[1;1Ha\x1b[Kb\x1b(B") == "ab"


def test_wide_colours_are_left_out_and_the_text_stays():
    assert (
        text.terminal("\x1b[38;5;196mred\x1b[38;2;1;2;3mmore\x1b[1mbold")
        == 'redmore<span class="ansi bold">bold</span>'
    )


def test_a_bare_line_has_neither_colours_nor_controls_and_spells_out_what_is_unseen():
    assert text.bare("\x1b[31mred\x1b[0m\x07 tab\there\x00 \u202eeht\x1b") == "red tab\there ⟦U+202E⟧eht"
    assert text.bare("\x1b]0;title\x07pass\u200bword \U000e0041") == "pass⟦U+200B⟧word ⟦U+E0041⟧"
    assert text.bare("क\u094d\u200dष 👩\u200d💻") == "क\u094d\u200dष 👩\u200d💻"
