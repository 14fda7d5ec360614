"""The diff of a change: files, hunks and one element a line, exactly as the design draws them."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from teamboard.git.diff import FileDiff, Hunk, Line
from teamboard.parts.budget import FILE_ROWS, fitting, row_count
from teamboard.parts.code import Token, clean, colour, mark, paint, shown
from teamboard.parts.marks import diffstat, icon
from teamboard.parts.pairs import side_by_side
from teamboard.parts.paths import key_of, pack
from teamboard.parts.sentences import plural
from teamboard.parts.words import changed_words

COLOUR_UP_TO = 3_000  # changed lines on the page; beyond that text stays plain
HUNK_ROWS = 200
Place = tuple[str, int]


@dataclass(frozen=True)
class Drawing:
    """How a diff is to be drawn: `under` is what stands under a line, `above` what stands above a file's lines."""

    url: str
    coloured: bool = True
    until: float = math.inf  # no line is coloured for the first time after this
    split: bool = False
    may_view: bool = True
    edit: str = ""  # the address for editing a file, for those who may
    viewed: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    under: Mapping[str, Mapping[Place, str]] = field(default_factory=dict)
    open_lines: Mapping[str, frozenset[Place]] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)


def diff(files: Sequence[FileDiff], drawing: Drawing) -> str:
    """All files; those beyond the page's budget are placeholders that fill themselves in."""
    return "".join(_within_budget(files, drawing)) or (
        '<p class="empty pad">Nothing differs here: both sides hold the same files.</p>'
    )


def _within_budget(files: Sequence[FileDiff], drawing: Drawing) -> Iterator[str]:
    for file, fits in fitting(files):
        yield file_article(file, drawing) if fits else placeholder(file, drawing)


def placeholder(file: FileDiff, drawing: Drawing) -> str:
    body = '<p class="pad mute small">Loading …</p>'
    return _article(file, drawing, body, f' data-fill="{clean(_address(file, drawing))}"')


def file_article(file: FileDiff, drawing: Drawing, *, opened: bool = False) -> str:
    body = _body(file, drawing, opened=opened)
    viewed = " data-viewed" if file.path in drawing.viewed else ""
    # The page asks for colour later, for the files that come near.
    plain = "" if drawing.coloured and time.monotonic() < drawing.until else " data-plain"
    return _article(file, drawing, body, viewed + plain)


def _article(file: FileDiff, drawing: Drawing, body: str, attributes: str) -> str:
    key = key_of(file.path)
    folded = file.path in drawing.viewed
    hidden = " hidden" if folded else ""
    above = drawing.above.get(file.path, "")
    return (
        f'<article class="file" id="file-{key}" data-key="{key}" data-path="{clean(pack(file.path))}"'
        f' data-blob="{file.new_blob or ""}" style="--rows:{row_count(file)}"{attributes}'
        f' aria-label="{clean(file.path)}">{_head(file, drawing, folded)}'
        f'<div class="file-body" id="body-{key}"{hidden}>{above}{body}</div></article>'
    )


def _head(file: FileDiff, drawing: Drawing, folded: bool) -> str:
    folder, _, name = file.path.rpartition("/")
    shown = f'<span class="dir">{clean(folder)}/</span>{clean(name)}' if folder else clean(name)
    arrow = "chevron-right" if folded else "chevron-down"
    chips = "".join(f'<span class="chip">{clean(word)}</span>' for word in file_words(file))
    return (
        '<header class="file-head"><button class="btn icon" data-kind="quiet" data-size="s" data-act="fold"'
        f' aria-expanded="{str(not folded).lower()}" aria-label="Fold {clean(name)}">{icon(arrow)}</button>'
        f'<h3 class="path">{shown}</h3>{diffstat(file.additions, file.deletions)}{chips}'
        f'{drawing.notes.get(file.path, "")}<span class="push"></span>{_pencil(file, drawing)}'
        f"{_viewed_box(file, drawing, folded)}</header>"
    )


def _pencil(file: FileDiff, drawing: Drawing) -> str:
    if not drawing.edit or file.status == "D" or file.binary:
        return ""
    words = clean(f"Edit {file.path}")
    return (
        f'<a class="btn icon" data-kind="quiet" data-size="s" href="{drawing.edit}?path={clean(pack(file.path))}"'
        f' data-act="edit" aria-label="{words}" title="{words}">{icon("pencil")}</a>'
    )


def _viewed_box(file: FileDiff, drawing: Drawing, viewed: bool) -> str:
    if not drawing.may_view:
        return ""
    checked = " checked" if viewed else ""
    return f'<label class="check"><input type="checkbox" data-act="viewed"{checked}>Viewed</label>'


def file_words(file: FileDiff) -> Iterator[str]:
    named = {"A": "new file", "D": "deleted", "T": "type changed"}
    if file.status in named:
        yield named[file.status]
    if file.old_path and file.old_path != file.path:
        yield ("copied from " if file.status == "C" else "moved from ") + file.old_path
    if file.old_mode and file.new_mode and file.old_mode != file.new_mode and file.status not in ("A", "D"):
        yield f"mode {file.old_mode} → {file.new_mode}"


def _address(file: FileDiff, drawing: Drawing, **more: str) -> str:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{drawing.url}&path={pack(file.path)}{query}"


def _body(file: FileDiff, drawing: Drawing, *, opened: bool) -> str:
    if file.binary:
        return _said("This file is binary: there are no lines to show.", file)
    if file.too_big and not file.hunks:
        return _closed(file, drawing, "This file is too big to be drawn with the page.")
    if row_count(file) > FILE_ROWS and not opened:
        return _closed(file, drawing, f"{plural(row_count(file), 'row')}: not drawn with the page.")
    if not file.hunks:
        return _said("The text is the same; only its name or mode differs.", file)
    return "".join(_hunks(file, drawing))


def _said(sentence: str, file: FileDiff) -> str:
    return (
        f'<p class="pad soft">{sentence} <span class="mono mute">{file.old_blob[:9]} → {file.new_blob[:9]}</span></p>'
    )


def _closed(file: FileDiff, drawing: Drawing, words: str) -> str:
    return (
        f'<p class="pad soft">{words} <button class="btn" data-size="s" data-act="open-file"'
        f' data-from="{clean(_address(file, drawing, open="1"))}">Show this file</button></p>'
    )


def _hunks(file: FileDiff, drawing: Drawing) -> Iterator[str]:
    key = key_of(file.path)
    part = 0
    seen = 0
    for number, hunk in enumerate(file.hunks, 1):
        yield _gap(file, drawing, hunk, seen)
        seen = hunk.new_start + hunk.new_lines - 1
        rows = list(_rows(file, hunk, drawing, key))
        for start in range(0, len(rows), HUNK_ROWS):
            part += 1
            some = rows[start : start + HUNK_ROWS]
            label = f"Hunk {number} of {len(file.hunks)}, from line {hunk.new_start}"
            yield (
                f'<div class="hunk" id="f-{key}-h{part}" role="group" aria-label="{label}" style="--n:{len(some)}">'
                + "\n".join(some)
                + "</div>"
            )


def _gap(file: FileDiff, drawing: Drawing, hunk: Hunk, seen: int) -> str:
    hidden = hunk.new_start - seen - 1
    if hidden <= 0 and not hunk.heading:
        return ""
    button = ""
    if hidden > 0:
        address = clean(_address(file, drawing, context="all"))
        button = (
            f'<button data-act="open-file" data-from="{address}" aria-label="Show the whole file">'
            f"{icon('unfold-vertical', 'xs')}{plural(hidden, 'line')}</button>"
        )
    last = hunk.new_start + max(hunk.new_lines - 1, 0)
    return (
        f'<div class="expand">{button}<span class="ctx">{clean(hunk.heading)}</span>'
        f'<span class="push">{hunk.new_start} – {last}</span></div>'
    )


def _rows(file: FileDiff, hunk: Hunk, drawing: Drawing, key: str) -> Iterator[str]:
    bodies = _bodies(file, hunk, drawing)
    if drawing.split:
        yield from _pairs(hunk.lines, bodies, drawing.under.get(file.path, {}), key)
        return
    opened = drawing.open_lines.get(file.path, frozenset())
    under = drawing.under.get(file.path, {})
    for line, body in zip(hunk.lines, bodies, strict=True):
        row = _row(line, body, key, opened)
        yield row + _under(line, under) if under else row


def _row(line: Line, body: str, key: str, opened: frozenset[Place]) -> str:
    end = _END if line.no_newline else ""
    flag = " data-open" if opened and _is_open(line, opened) else ""
    if line.kind == "add":
        return f'<ins class="ln" data-n="{line.new}" id="f-{key}-R{line.new}"{flag}>{body}{end}</ins>'
    if line.kind == "delete":
        return f'<del class="ln" data-o="{line.old}" id="f-{key}-L{line.old}"{flag}>{body}{end}</del>'
    return f'<div class="ln" data-o="{line.old}" data-n="{line.new}"{flag}>{body}{end}</div>'


_END = '<span class="c" title="The file ends without a line break"> ⊘ no newline at the end</span>'


def _places(line: Line) -> Iterator[Place]:
    if line.old is not None:
        yield "old", line.old
    if line.new is not None:
        yield "new", line.new


def _is_open(line: Line, opened: frozenset[Place]) -> bool:
    return any(place in opened for place in _places(line))


def _under(line: Line, under: Mapping[Place, str]) -> str:
    return "".join(under.get(place, "") for place in _places(line))


def _bodies(file: FileDiff, hunk: Hunk, drawing: Drawing) -> list[str]:
    lines = hunk.lines
    if not drawing.coloured:
        return [shown(line.text) + _return(line) for line in lines]
    tokens = _tokens(file, hunk, drawing.until)
    spans = changed_words(lines, until=drawing.until)
    return [
        (
            mark(tokens[index] or (("", line.text),), spans[index])
            if index in spans
            else paint(tokens[index] or (("", line.text),))
        )
        + _return(line)
        for index, line in enumerate(lines)
    ]


def _return(line: Line) -> str:
    """A changed line that ends in CR LF says so: else a mere change of line ends would look like nothing."""
    return _CR if line.kind != "context" and line.text.endswith("\r") else ""


_CR = '<span class="unseen" title="carriage return">CR</span>'


def _tokens(file: FileDiff, hunk: Hunk, until: float) -> list[Sequence[Token] | None]:
    """Both sides are lexed as they stand, each with the lines it shares with the other."""
    found: list[Sequence[Token] | None] = [None] * len(hunk.lines)
    sides = ((file.old_blob, hunk.old_start, "add"), (file.new_blob, hunk.new_start, "delete"))
    for blob, start, gone in sides:
        side = [(index, line.text) for index, line in enumerate(hunk.lines) if line.kind != gone]
        text = "\n".join(text for _, text in side)
        painted = colour(file.path, blob or "", start, text, until=until) if side else None
        for (index, _), line_tokens in zip(side, painted or (), strict=False):
            found[index] = line_tokens
    return found


def _pairs(lines: Sequence[Line], bodies: Sequence[str], under: Mapping[Place, str], key: str) -> Iterator[str]:
    for left, right in side_by_side(lines):
        below = "".join(_under(lines[i], under) for i in dict.fromkeys((left, right)) if i is not None)
        halves = _half(lines, bodies, left, "old", key) + _half(lines, bodies, right, "new", key)
        yield f'<div class="pair">{halves}</div>{below}'


def _half(lines: Sequence[Line], bodies: Sequence[str], index: int | None, side: str, key: str) -> str:
    if index is None:
        return '<span class="ln void"></span>'
    line, name = lines[index], "o" if side == "old" else "n"
    tag, mark = {"add": ("ins", "R"), "delete": ("del", "L")}.get(line.kind, ("div", ""))
    number = getattr(line, side)
    anchor = f' id="f-{key}-{mark}{number}"' if mark else ""
    return f'<{tag} class="ln" data-{name}="{number}"{anchor}>{bodies[index]}</{tag}>'
