"""The run's output as markup: one element a line, tool calls, edits and questions shown as what they are.

static/js/run.js draws lines that arrive later; the two must look the same (a browser test compares them).
"""

from collections.abc import Callable
from typing import Any

from teamboard.parts.marks import esc, icon, quoted, safe
from teamboard.runs.journal import Page

OLDER = 2000
Draw = Callable[[dict[str, Any], dict[str, Any]], str]
SKIPPED = {"usage", "plan", "tick", "finished", "thread_reply"}


def page(run: int, shown: Page) -> str:
    """A stretch of the output, and what is older on demand."""
    older = (
        f'<button type="button" class="btn older" id="older" data-size="s" data-url="/runs/{run}/older/" '
        f'data-before="{shown.start}">{icon("history", "xs")}Older output</button>'
        if shown.start
        else ""
    )
    return safe(older + lines(shown.lines))


def lines(found: list[dict[str, Any]]) -> str:
    """A tool call that is told twice, begun and done, is one row where it began."""
    last: dict[str, dict[str, Any]] = {}
    for one in found:
        if call := _call(one):
            last[call] = one
    drawn, seen = [], set()
    for one in found:
        call = _call(one)
        if not call or call not in seen:
            drawn.append(line(last.get(call, one)))
        seen.add(call)
    return safe("".join(drawn))


def _call(one: dict[str, Any]) -> str:
    event = one.get("event") or {}
    return str(event.get("call") or "") if event.get("kind") == "tool_call" else ""


def line(one: dict[str, Any]) -> str:
    event = one.get("event") or {}
    kind = str(event.get("kind", ""))
    if kind in SKIPPED:
        return ""
    return DRAW.get(kind, _plain)(one, event)


def _plain(one: dict[str, Any], event: dict[str, Any]) -> str:
    return f'<p class="line" data-stream="{esc(one["stream"])}" data-seq="{one["seq"]}">{quoted(one["text"])}</p>'


def _said(one: dict[str, Any], event: dict[str, Any]) -> str:
    tone = " mute" if event.get("kind") == "thought" else ""
    return f'<p class="said{tone}" data-seq="{one["seq"]}">{quoted(event.get("text") or one["text"])}</p>'


def _tool(one: dict[str, Any], event: dict[str, Any]) -> str:
    failed = ' data-result="failure"' if event.get("failed") else ""
    result = event.get("result")
    body = f"<pre>{quoted(result)}</pre>" if result else ""
    return (
        f'<details class="tool-call" data-call="{esc(_call(one))}"{failed}><summary>{icon("terminal")}'
        f'<span class="verb">{quoted(event.get("tool", "Tool"))}</span>'
        f'<code class="clip">{quoted(event.get("arguments", ""))}</code></summary>{body}</details>'
    )


def _to_board(one: dict[str, Any], event: dict[str, Any]) -> str:
    """The agent called the board: said by the board, which heard it."""
    failed = ' data-result="failure"' if event.get("failed") else ""
    result = event.get("result")
    body = f"<pre>{quoted(result)}</pre>" if result else ""
    return (
        f'<details class="tool-call" data-seq="{one["seq"]}"{failed}><summary>{icon("corner-up-left")}'
        f'<span class="verb">Calls the board: {quoted(event.get("tool", ""))}</span>'
        f'<code class="clip">{quoted(event.get("arguments", ""))}</code></summary>{body}</details>'
    )


def _edit(one: dict[str, Any], event: dict[str, Any]) -> str:
    return (
        f'<details class="tool-call" data-seq="{one["seq"]}"><summary>{icon("pencil")}<span class="verb">Edit</span>'
        f'<code class="clip">{quoted(event.get("path", ""))}</code></summary></details>'
    )


def _check(one: dict[str, Any], event: dict[str, Any]) -> str:
    good = event.get("conclusion") == "success"
    mark = icon("circle-check" if good else "circle-x")
    return (
        f'<p class="line check" data-stream="board" data-tone="{"good" if good else "bad"}" data-seq="{one["seq"]}">'
        f"{mark}{quoted(one['text'])}</p>"
    )


def _mark(word: str) -> Draw:
    def draw(one: dict[str, Any], event: dict[str, Any]) -> str:
        text = event.get("text") or one["text"]
        return f'<p class="step-mark" data-seq="{one["seq"]}">{word}{quoted(text)}</p>'

    return draw


DRAW: dict[str, Draw] = {
    "message": _said,
    "thought": _said,
    "check": _check,
    "tool_call": _tool,
    "call": _to_board,
    "edit": _edit,
    "question": _mark("Asks: "),
    "permission": _mark("Asks for a permission: "),
    "permission_asked": _mark("Asks for a permission: "),
    "claim": _mark("Says: "),
    "step": _mark(""),
}
