"""Cards of the board: their markup, as lanes, pages and live frames show it."""

from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from teamboard.gate.states import HELD, LANDING, TESTING
from teamboard.lib.prepared import Row, moment
from teamboard.parts.card_rows import Card
from teamboard.parts.marks import agent, ago, diffstat, esc, icon, pulse, quoted, state_mark
from teamboard.reviews.states import COMPLETED, SUCCESS
from teamboard.runs.models import STEP_KINDS
from teamboard.runs.states import FAILED, QUEUED, RUNNING, WAITING

LANES = ("ready", "backlog", "in-progress", "in-review", "merging", "done")
BEADS = {"succeeded": "done", "running": "now", "failed": "fail", "dead": "fail", "cancelled": "stall"}


class Drawn(NamedTuple):
    """A card as it was last drawn: where it stands, and what it looks like."""

    column: str
    order: tuple[float, int]
    html: bytes


# Most cards look as they did when the board was last drawn.
_drawn: dict[Row, Drawn] = {}
_MOST_DRAWN = 12_000


def item(card: Card) -> str:
    """The list item that a lane holds; `data-order` is its place in any lane."""
    return drawn(card).html.decode()


def drawn(card: Card) -> Drawn:
    face = card.face
    known = _drawn.get(face)
    if known is None:
        if len(_drawn) >= _MOST_DRAWN:
            _drawn.clear()
        known = _drawn[face] = Drawn(card.column, in_order(card), _item(card).encode())
    return known


def _item(card: Card) -> str:
    return (
        f'<li id="card-{card.row.id}" data-order="{_order(card)}" data-agent="{card.row.agent_id or ""}" '
        f'data-agent-name="{esc(card.row.agent_name)}" data-labels="{esc("|".join(card.row.labels))}">'
        f"{_article(card)}</li>"
    )


def _order(card: Card) -> str:
    first, second = in_order(card)
    return f"{first},{second}"


def in_order(card: Card) -> tuple[float, int]:
    if card.column == "done":
        return -card.since.timestamp(), card.row.number
    return card.row.position, card.row.number


def _article(card: Card) -> str:
    row, column = card.row, card.column
    small = column in ("ready", "backlog", "done") or (column == "merging" and not _tested(card))
    size = ' data-size="line"' if small else ""
    flag = f' data-flag="{card.flag}"' if card.flag else ""
    body = "" if small else _activity(card) + _facts(card)
    return (
        f'<article class="card"{size} data-state="{column}"{flag} aria-labelledby="t-{row.id}">'
        f'<div class="card-head">{state_mark(column)}<span class="ref">{esc(row.ref)}</span>{_head(card)}</div>'
        f'<h4 class="card-title" id="t-{row.id}"><a href="{_link(card)}" draggable="false">{quoted(row.title)}</a></h4>'
        f"{body}</article>"
    )


def _tested(card: Card) -> bool:
    return bool(card.entry and card.entry.state in (TESTING, LANDING))


def _link(card: Card) -> str:
    if card.column in ("in-review", "merging") and card.change:
        return f"/changes/{card.change.id}/"
    if card.column == "in-progress" and card.run:
        return f"/runs/{card.run.id}/"
    return f"/tasks/{card.row.id}/"


def _head(card: Card) -> str:
    row, column = card.row, card.column
    priority = '<span class="chip" data-tone="human" title="high priority">high</span>' if row.priority > 0 else ""
    if column in ("ready", "backlog"):
        return priority + _waits(card) + _start(card) + ago(card.since)
    if column == "merging" and card.entry:
        return _entry(card)
    patch_set = f"PS{card.patch_set.number} " if column == "in-review" and card.patch_set else ""
    return priority + _steps(card) + f'<span class="micro mute push">{patch_set}</span>' + ago(card.since)


def _waits(card: Card) -> str:
    if not card.row.blocked_by:
        return ""
    number = len(card.row.blocked_by)
    title = f"Waits for {number} task{'s' if number > 1 else ''} to be merged"
    return f'<span class="row tight micro mute" title="{title}">{icon("lock", "xs", "waits for")}{number}</span>'


def _start(card: Card) -> str:
    if card.row.agent_id is None or card.row.blocked_by:
        return ""
    return (
        f'<button type="button" class="btn icon start" data-kind="quiet" data-size="s" data-needs="architect" '
        f'data-act="start" data-url="/tasks/{card.row.id}/start/" title="Start with {esc(card.row.agent_name)}" '
        f'aria-label="Start with {esc(card.row.agent_name)}">{icon("play", "xs")}</button>'
    )


def _entry(card: Card) -> str:
    state = card.entry.state if card.entry else ""
    if state == HELD:
        mark = icon("folder-lock", "xs", "held")
        title = "held: something is in the way"
        return f'<span class="fact-human row tight micro" title="{title}">{mark}</span><time>held</time>'
    return _check_beads(card) + (ago(card.since) if _tested(card) else "<time>queued</time>")


def _steps(card: Card) -> str:
    if card.run is None or not card.at_work:
        return ""
    waits = card.run.state == WAITING
    beads = [BEADS.get(card.steps.get(kind, ""), "next") for kind in STEP_KINDS]
    at = beads.index("now") if "now" in beads else sum(bead == "done" for bead in beads)
    if waits and at < len(beads) and card.question:
        beads[at] = "wait"
    name = STEP_KINDS[min(at, len(STEP_KINDS) - 1)]
    label = f"Step {min(at + 1, 6)} of 6: {name}{', waits' if waits else ''}"
    drawn = "".join(f'<i data-s="{bead}"></i>' for bead in beads)
    return f'<div class="steps" role="img" aria-label="{label}">{drawn}</div>'


def _check_beads(card: Card) -> str:
    if not card.checks:
        return ""
    words = {(COMPLETED, SUCCESS): "done", ("in_progress", ""): "now", ("queued", ""): "next"}
    drawn = "".join(f'<i data-s="{words.get(check, "fail")}"></i>' for check in card.checks.values())
    label = f"Checks: {card.passed_checks} of {len(card.checks)} passed"
    return f'<div class="steps" role="img" aria-label="{label}">{drawn}</div>'


def _activity(card: Card) -> str:
    live, line, at = activity(card)
    if not line:
        return ""
    return (
        f'<p class="activity" id="activity-{card.row.id}">{pulse(live)}<span class="line">{quoted(line)}</span>'
        f"{ago(at)}</p>"
    )


def activity(card: Card) -> tuple[str, str, datetime | None]:
    """(kind of pulse, one line, since when) of what happens to the task now."""
    run = card.run
    if card.column == "merging" and card.entry:
        word = "Landing" if card.entry.state == LANDING else "Testing the candidate"
        return "machine", word, moment(card.entry.created_at)
    if run is None:
        return "", "", None
    at = moment(run.activity_at)
    if card.question:
        return "waiting", f"Asks you: {card.question}", at
    if run.state == FAILED and card.column == "in-progress":
        return "stalled", f"Failed: {run.failure_code.replace('_', ' ') or 'see the run'}", at
    if run.state in (QUEUED, RUNNING):
        return "run", run.activity or run.state, at
    if run.state == "cancelled" and card.column == "in-progress":
        return "idle", "Stopped", at
    return "", "", None


def _facts(card: Card) -> str:
    facts = []
    name = (card.run and card.run.agent) or card.row.agent_name
    if name:
        facts.append(agent(name, "s"))
    if card.patch_set:
        facts.append(diffstat(card.patch_set.additions, card.patch_set.deletions))
    facts.append(_check_fact(card))
    if card.threads:
        label = f"{card.threads} open thread{'s' if card.threads > 1 else ''}"
        mark = icon("message-square", "xs", label)
        facts.append(f'<span class="fact-human" title="{label}">{mark}{card.threads}</span>')
    facts += [f'<span class="chip">{esc(label)}</span>' for label in card.row.labels[:2]]
    return f'<div class="card-facts">{"".join(facts)}</div>'


def _check_fact(card: Card) -> str:
    if not card.checks:
        return ""
    if card.failed_checks:
        label = f"Checks failing: {card.failed_checks}"
        mark = icon("circle-x", "xs", label)
        return f'<span class="fact-bad" title="{label}">{mark}{card.failed_checks}</span>'
    label = f"{card.passed_checks} of {len(card.checks)} checks passed"
    mark = icon("circle-check", "xs", label)
    return f'<span class="fact-good" title="{label}">{mark}{card.passed_checks}/{len(card.checks)}</span>'


def lanes(cards: list[Card]) -> dict[str, bytes]:
    """The inner markup of each lane's list."""
    found: dict[str, list[Drawn]] = {name: [] for name in LANES}
    for one in map(drawn, cards):
        if one.column in found:
            found[one.column].append(one)
    return {name: b"".join(one.html for one in sorted(of, key=_by_order)) for name, of in found.items()}


_by_order = attrgetter("order")
