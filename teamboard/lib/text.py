"""Text that people, agents and programs wrote, as HTML that cannot do anything.

With the parts, this is the only place that may mark text as safe (D33).
"""

import re
import unicodedata
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# No images (they call home), no classes, no ids, no style and no data-* (htmx would obey data-hx-get).
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "del", "a", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}}
SCHEMES = {"http", "https", "mailto"}

# Marks that show nothing, or make text read differently from what it says (CVE-2021-42574, "Trojan Source"):
# soft hyphen, zero-width and filler characters, bidi controls, tags, and controls other than tab and line end.
# Joiners and the emoji selector belong to many scripts and pass after a letter of theirs, not after ASCII.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d\ufe0e\ufe0f]|\r(?!\n|$)"
)
# Letters of other scripts that look like Latin ones, where they stand in a word with Latin ones (homoglyphs). Full
# width and mathematical letters look like nothing else. A word of one script alone is somebody's language and passes.
_TWINS = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5"
    "\u0405\u0406\u0408\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0430\u0435\u043e\u0440\u0441\u0443"
    "\u0445\u0455\u0456\u0458\u04bb\u04cf\u0501\u051b\u051d\u0585\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff"
)
TWINS = re.compile(f"[{_TWINS}]+(?=[A-Za-z])|(?<=[A-Za-z])[{_TWINS}]+")
# Whole sequences of terminals first, then single controls; static/js/run.js has this list and the one above.
_CONTROLS = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def markdown(text: str) -> SafeString:
    """CommonMark with tables; anything that looks like HTML is shown as the text it is."""
    clean = nh3.clean(
        _markdown.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        generic_attribute_prefixes=set(),
        strip_comments=True,
    )
    return mark_safe(_in_text(clean))


def plain(text: str) -> SafeString:
    """Escaped, with invisible marks made visible. For names, code and single lines."""
    return mark_safe(_marked(escape(text)))


def terminal(text: str) -> SafeString:
    """What a terminal would show of this output: its colours, and the last state of lines that were overwritten."""
    return mark_safe(_coloured("\n".join(_settled(line) for line in text.split("\n"))))


def bare(text: str) -> str:
    """What an agent or a program wrote, as text: no colours, no cursor moves, and unseen marks spelled out."""
    if text.isascii() and text.isprintable():
        return text
    return UNSEEN.sub(lambda match: f"⟦U+{ord(match.group()):04X}⟧", _CONTROLS.sub("", text))


def _marked(text: str) -> str:
    if text.isascii():
        return UNSEEN.sub(_shown, text)
    return UNSEEN.sub(_shown, TWINS.sub(_twins, text))


def _twins(match: re.Match[str]) -> str:
    """They stay readable, and say what they are."""
    names = ", ".join(unicodedata.name(letter, "letter of another script").lower() for letter in match.group())
    return f'<span class="unseen" title="not Latin: {names}">{match.group()}</span>'


def hidden_mark(text: str) -> str:
    """The first mark that shows nothing or turns the reading order, as U+202E; empty where there is none."""
    found = UNSEEN.search(text)
    return f"U+{ord(found.group()[0]):04X}" if found else ""


def _shown(match: re.Match[str]) -> str:
    mark = match.group()
    name = unicodedata.name(mark, "control character").lower()
    return f'<span class="unseen" title="{name}">U+{ord(mark):04X}</span>'


def _in_text(html: str) -> str:
    """Make marks visible in the text of clean HTML; inside a tag (an address) they are percent-encoded already."""
    return re.sub(r"(<[^>]*>)|([^<]+)", lambda m: UNSEEN.sub("", m[1]) if m[1] else _marked(m[2]), html)


# Terminals

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
# Everything else that a terminal would obey: cursor moves, titles, links, device strings.
_COMMANDS = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[PX^_].*?(?:\x1b\\|$)"
    r"|\x1b\[(?![0-9;:]*m)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-Z\\^-~]",
    re.DOTALL,
)
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_STYLES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_ENDS = {22: {"bold", "dim"}, 23: {"italic"}, 24: {"underline"}, 27: {"inverse"}, 29: {"strike"}}


def _settled(line: str) -> str:
    """A carriage return goes back to the start: a progress bar leaves its last state. Backspaces take back."""
    line = _COMMANDS.sub("", line.rstrip("\r"))
    if "\r" in line:
        # Colours set before the return still hold.
        before, _, line = line.rpartition("\r")
        line = "".join(match.group() for match in _SGR.finditer(before)) + line
    return _taken_back(line) if "\b" in line else line


def _taken_back(line: str) -> str:
    """Each backspace takes the letter before it; colours that were set there still hold."""
    kept: list[tuple[str, str]] = []
    colours = ""
    for match in re.finditer(r"(\x1b\[[0-9;:]*m)|.", line, re.DOTALL):
        if match[1]:
            colours += match[1]
        elif match[0] != "\b":
            kept.append((colours, match[0]))
            colours = ""
        elif kept:
            colours = kept.pop()[0] + colours
    return "".join(before + letter for before, letter in kept) + colours


def _coloured(text: str) -> str:
    out: list[str] = []
    style: dict[str, str] = {}
    at = 0
    for match in _SGR.finditer(text):
        out.append(_span(text[at : match.start()], style))
        _apply(match.group(1), style)
        at = match.end()
    out.append(_span(text[at:], style))
    return "".join(out)


def _span(text: str, style: dict[str, str]) -> str:
    shown = plain(text)
    if not text or not style:
        return shown
    return f'<span class="ansi {" ".join(sorted(style.values()))}">{shown}</span>'


def _apply(codes: str, style: dict[str, str]) -> None:
    """256 and true colours are left out: their contrast on our ground is anyone's guess."""
    numbers = [int(code) if code.isascii() and code.isdigit() else 0 for code in re.split("[;:]", codes)]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            style.clear()
        elif code in _STYLES:
            style[_STYLES[code]] = _STYLES[code]
        elif code in _ENDS:
            for name in _ENDS[code]:
                style.pop(name, None)
        elif code in (38, 48):
            del numbers[: 2 if numbers[:1] == [5] else 4]
            style.pop("fg" if code == 38 else "bg", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["fg"] = _COLOURS[code % 10]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style["bg"] = f"on-{_COLOURS[code % 10]}"
        elif code in (39, 49):
            style.pop("fg" if code == 39 else "bg", None)
