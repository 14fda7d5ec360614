"""Lines of code as safe HTML: escaped, with visible control characters, colour and changed words."""

import re
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

from teamboard.lib.text import TWINS, UNSEEN, plain

Token = tuple[str, str]
Span = tuple[int, int]

# A longer line is data, not prose: lexers and word marks would only cost time there.
LONG_LINE = 500

# In a name also what ends a line: it would look like two.
_HIDDEN = re.compile(f"{UNSEEN.pattern}|[\r\n]")

_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword.Constant, "nu"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Function, "f"),
    (Name.Decorator, "d"),
    (Name.Class, "ty"),
    (Name.Builtin, "ty"),
    (Name.Tag, "k"),
    (Name.Attribute, "f"),
    (String, "st"),
    (Number, "nu"),
)


def visible(text: str) -> str:
    """Characters that hide or reorder text are spelled out, so that what is read is what is there."""
    if not text.isascii():
        text = TWINS.sub(lambda found: "".join(f"{letter}⟦U+{ord(letter):04X}⟧" for letter in found[0]), text)
    return _HIDDEN.sub(_spell, text) if _HIDDEN.search(text) else text


def _spell(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else f"⟦U+{code:04X}⟧"


def clean(text: str) -> str:
    """For names and attributes, where there is no room for markup."""
    return escape(visible(text))


def lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(clean, text.split("\n")))


def shown(text: str) -> str:
    """For code: most of it is plain ASCII and needs nothing but escaping."""
    return escape(text) if text.isascii() and text.replace("\t", "").isprintable() else str(plain(text))


@lru_cache(maxsize=512)
def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_for_filename(name)
    except ClassNotFound:
        return None


def _within(kind: _TokenType, family: _TokenType) -> bool:
    return kind[: len(family)] == family


@lru_cache(maxsize=4096)
def _class_of(kind: _TokenType) -> str:
    return next((name for family, name in _CLASSES if _within(kind, family)), "")


def _name_of(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return name if "." not in name else "x" + name[name.rindex(".") :]


Painted = tuple[tuple[Token, ...], ...]
_MOST_KEPT = 4_096
_painted: dict[tuple[str, str, int], Painted | None] = {}


def colour(path: str, blob: str, start: int, text: str, *, until: float) -> Painted | None:
    """Tokens of each line of `text`, which begins at line `start` of blob `blob`; None where there are none.

    What was lexed once is kept. Nothing new is lexed after `until` (time.monotonic): a page must not wait for colour.
    A stretch is lexed by itself: a string that began above it is taken for code. That costs a wrong colour now and
    then and saves reading whole files.
    """
    key = (path, blob, start)
    if key not in _painted:
        if not blob or time.monotonic() > until:
            return None
        if len(_painted) >= _MOST_KEPT:
            _painted.clear()
        _painted[key] = _lex(path, text)
    found = _painted[key]
    # Two sights of one blob may cut it differently; what does not fit is not used.
    return found if found is not None and len(found) == text.count("\n") + 1 else None


def _lex(path: str, text: str) -> Painted | None:
    lexer = _lexer(_name_of(path))
    if lexer is None or any(len(line) > LONG_LINE for line in text.split("\n")):
        return None
    lines: list[list[Token]] = [[]]
    # Unprocessed: get_tokens() would turn carriage returns into further lines.
    for _, kind, value in lexer.get_tokens_unprocessed(text):
        name = _class_of(kind)
        for index, piece in enumerate(value.split("\n")):
            if index:
                lines.append([])
            if piece:
                lines[-1].append((name, piece))
    whole = "\n".join("".join(piece for _, piece in line) for line in lines)
    return tuple(tuple(line) for line in lines) if whole == text else None


def paint(tokens: Iterable[Token]) -> str:
    return "".join(f'<span class="{name}">{shown(text)}</span>' if name else shown(text) for name, text in tokens)


def mark(tokens: Iterable[Token], spans: Sequence[Span]) -> str:
    """Tokens with the changed stretches `spans` (start, end) set in <mark>."""
    out: list[str] = []
    marked = False
    for inside, token in _cut(tokens, spans):
        if inside != marked:
            out.append("<mark>" if inside else "</mark>")
            marked = inside
        out.append(paint((token,)))
    return "".join(out) + ("</mark>" if marked else "")


def _cut(tokens: Iterable[Token], spans: Sequence[Span]) -> Iterable[tuple[bool, Token]]:
    edges = [edge for span in spans for edge in span]
    position = passed = 0
    for name, text in tokens:
        end = position + len(text)
        while position < end:
            while passed < len(edges) and edges[passed] <= position:
                passed += 1
            stop = min(end, edges[passed]) if passed < len(edges) else end
            yield passed % 2 == 1, (name, text[len(text) - (end - position) : len(text) - (end - stop)])
            position = stop
