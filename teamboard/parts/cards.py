"""Cards of the board: what is known of each task, read in a fixed number of queries, and its markup."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count

from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.board.queries import TaskRow
from teamboard.evidence import CardEvidence, column
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import HELD, LANDING, LIVE, TESTING
from teamboard.parts.marks import agent, ago, diffstat, esc, icon, pulse, safe, state_mark
from teamboard.reviews.models import Change, CheckRun, PatchSet, Thread
from teamboard.reviews.states import COMPLETED, SUCCESS
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.runs.models import STEP_KINDS, Question, Run, Step
from teamboard.runs.states import FAILED, FINAL_RUN, QUEUED, RUNNING, WAITING
from teamboard.runs.states import OPEN as QUESTION_OPEN

LANES = ("ready", "backlog", "in-progress", "in-review", "merging", "done")
BEADS = {"succeeded": "done", "running": "now", "failed": "fail", "dead": "fail", "cancelled": "stall"}


@dataclass(slots=True)
class Card:
    """One task with the newest of everything that belongs to it; each of these may be missing."""

    row: TaskRow
    run: dict[str, Any] | None = None
    steps: dict[str, str] = field(default_factory=dict)
    question: str = ""
    change: dict[str, Any] | None = None
    patch_set: dict[str, Any] | None = None
    threads: int = 0
    checks: dict[str, tuple[str, str]] = field(default_factory=dict)
    entry: dict[str, Any] | None = None
    column: str = ""

    @property
    def at_work(self) -> bool:
        """Whether an agent does something, or waits for an answer; one that waits for a reviewer does not."""
        run = self.run
        return run is not None and run["state"] not in FINAL_RUN and run["waiting_for"] != "review"

    @property
    def flag(self) -> str:
        if self.question or (self.entry and self.entry["state"] == HELD):
            return "waiting"
        failing = self.run is not None and self.run["state"] == FAILED and self.column == "in-progress"
        return "failing" if failing or self.failed_checks else ""

    @property
    def failed_checks(self) -> int:
        return sum(state == COMPLETED and verdict != SUCCESS for state, verdict in self.checks.values())

    @property
    def passed_checks(self) -> int:
        return sum(verdict == SUCCESS for _, verdict in self.checks.values())

    @property
    def since(self) -> datetime:
        """Since when the card stands in its lane."""
        entry, patch_set, run = self.entry or {}, self.patch_set or {}, self.run or {}
        found: dict[str, datetime | None] = {
            "merging": entry.get("created_at"),
            "done": entry.get("finished_at"),
            "in-review": patch_set.get("created_at"),
            "in-progress": run.get("created_at"),
        }
        return found.get(self.column) or self.row.created_at


def load(project: Project, tasks: Collection[int] | None = None) -> list[Card]:
    """All cards of the board in order, or those of some tasks."""
    rows = queries.board_rows(project) if tasks is None else queries.task_rows(project, tasks)
    cards = {row.id: Card(row) for row in rows}
    if cards:
        _runs(project, cards, tasks)
        _changes(project, cards, tasks)
    for card in cards.values():
        card.column = _column(card)
    return list(cards.values())


def _column(card: Card) -> str:
    run, change, entry = card.run or {}, card.change or {}, card.entry or {}
    return _column_of(
        card.row.state,
        run.get("state", ""),
        run.get("waiting_for", ""),
        change.get("state", ""),
        entry.get("state", ""),
    )


@cache
def _column_of(state: str, run: str, waiting_for: str, change: str, entry: str) -> str:
    """Asked of the evidence room, with just the states that it looks at; "" is nothing there."""
    return column(
        CardEvidence(
            state=state,
            run=Run(state=run, waiting_for=waiting_for) if run else None,
            change=Change(state=change) if change else None,
            entry=QueueEntry(state=entry) if entry in LIVE else None,
        )
    )


def _runs(project: Project, cards: dict[int, Card], tasks: Collection[int] | None) -> None:
    runs = Run.objects.filter(project=project) if tasks is None else Run.objects.filter(task_id__in=tasks)
    names = ("id", "task_id", "state", "waiting_for", "activity", "activity_at", "failure_code", "created_at")
    for run in runs.order_by("id").values(*names, "agent__name"):
        if run["task_id"] in cards:
            cards[run["task_id"]].run = run
    live = {card.run["id"]: card for card in cards.values() if card.run and card.at_work}
    if not live:
        return
    rounds: dict[int, int] = {}
    steps = Step.objects.filter(run_id__in=live).order_by("seq")
    for run_id, number, kind, state in steps.values_list("run_id", "round", "kind", "state"):
        if rounds.setdefault(run_id, number) != number:
            rounds[run_id] = number
            live[run_id].steps.clear()
        live[run_id].steps[kind] = state
    asked = Question.objects.filter(run_id__in=live, state=QUESTION_OPEN).order_by("-id")
    for run_id, text in asked.values_list("run_id", "text"):
        live[run_id].question = text


def _changes(project: Project, cards: dict[int, Card], tasks: Collection[int] | None) -> None:
    changes = Change.objects.filter(project=project, task__isnull=False)
    if tasks is not None:
        changes = changes.filter(task_id__in=tasks)
    for change in changes.order_by("id").values("id", "number", "task_id", "state"):
        if change["task_id"] in cards:
            cards[change["task_id"]].change = dict(change)
    by_change = {card.change["id"]: card for card in cards.values() if card.change}
    if by_change:
        _evidence(by_change, tasks is None)


def _evidence(cards: dict[int, Card], whole: bool) -> None:
    entries = QueueEntry.objects.filter(change_id__in=cards).order_by("id")
    for entry in entries.values("change_id", "state", "reason", "candidate_tree", "created_at", "finished_at"):
        cards[entry["change_id"]].entry = dict(entry)
    seen = {pk: card for pk, card in cards.items() if card.change and card.change["state"] == CHANGE_OPEN}
    sets = PatchSet.objects.filter(change_id__in=seen).order_by("number")
    for row in sets.values("change_id", "number", "tree_sha", "additions", "deletions", "created_at"):
        seen[row["change_id"]].patch_set = dict(row)
    threads = Thread.objects.filter(change_id__in=seen, state="open", published_at__isnull=False)
    for change, number in threads.values_list("change_id").annotate(Count("id")):
        seen[change].threads = number
    _checks(seen)


def _checks(cards: dict[int, Card]) -> None:
    trees: dict[str, list[Card]] = {}
    for card in cards.values():
        tested = card.entry and card.entry["state"] in LIVE and card.entry["candidate_tree"]
        tree = tested or (card.patch_set and card.patch_set["tree_sha"])
        if tree:
            trees.setdefault(tree, []).append(card)
    runs = CheckRun.objects.filter(tree_sha__in=trees).order_by("id")
    for tree, name, state, conclusion in runs.values_list("tree_sha", "name", "state", "conclusion"):
        for card in trees[tree]:
            card.checks[name] = (state, conclusion)


# Markup


def item(card: Card) -> str:
    """The list item that a lane holds; `data-order` is its place in any lane."""
    return (
        f'<li id="card-{card.row.id}" data-order="{_order(card)}" data-agent="{card.row.agent_id or ""}" '
        f'data-agent-name="{esc(card.row.agent_name)}" data-labels="{esc("|".join(card.row.labels))}">'
        f"{_article(card)}</li>"
    )


def _order(card: Card) -> str:
    if card.column == "done":
        return f"{-card.since.timestamp()},{card.row.number}"
    return f"{card.row.position},{card.row.number}"


def in_order(card: Card) -> tuple[float, int]:
    first, second = _order(card).split(",")
    return float(first), int(second)


def _article(card: Card) -> str:
    row, column = card.row, card.column
    small = column in ("ready", "backlog", "done") or (column == "merging" and not _tested(card))
    size = ' data-size="line"' if small else ""
    flag = f' data-flag="{card.flag}"' if card.flag else ""
    body = "" if small else _activity(card) + _facts(card)
    return (
        f'<article class="card"{size} data-state="{column}"{flag} aria-labelledby="t-{row.id}">'
        f'<div class="card-head">{state_mark(column)}<span class="ref">{esc(row.ref)}</span>{_head(card)}</div>'
        f'<h4 class="card-title" id="t-{row.id}"><a href="{_link(card)}" draggable="false">{esc(row.title)}</a></h4>'
        f"{body}</article>"
    )


def _tested(card: Card) -> bool:
    return bool(card.entry and card.entry["state"] in (TESTING, LANDING))


def _link(card: Card) -> str:
    if card.column in ("in-review", "merging") and card.change:
        return f"/changes/{card.change['id']}/"
    if card.column == "in-progress" and card.run:
        return f"/runs/{card.run['id']}/"
    return f"/tasks/{card.row.id}/"


def _head(card: Card) -> str:
    row, column = card.row, card.column
    priority = '<span class="chip" data-tone="human" title="high priority">high</span>' if row.priority > 0 else ""
    if column in ("ready", "backlog"):
        return priority + _waits(card) + _start(card) + ago(card.since)
    if column == "merging" and card.entry:
        return _entry(card)
    patch_set = f"PS{card.patch_set['number']} " if column == "in-review" and card.patch_set else ""
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
    state = card.entry["state"] if card.entry else ""
    if state == HELD:
        mark = icon("folder-lock", "xs", "held")
        title = "held: something is in the way"
        return f'<span class="fact-human row tight micro" title="{title}">{mark}</span><time>held</time>'
    return _check_beads(card) + (ago(card.since) if _tested(card) else "<time>queued</time>")


def _steps(card: Card) -> str:
    if card.run is None or not card.at_work:
        return ""
    waits = card.run["state"] == WAITING
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
        f'<p class="activity" id="activity-{card.row.id}">{pulse(live)}<span class="line">{esc(line)}</span>'
        f"{ago(at)}</p>"
    )


def activity(card: Card) -> tuple[str, str, datetime | None]:
    """(kind of pulse, one line, since when) of what happens to the task now."""
    run = card.run
    if card.column == "merging" and card.entry:
        word = "Landing" if card.entry["state"] == LANDING else "Testing the candidate"
        return "machine", word, card.entry["created_at"]
    if run is None:
        return "", "", None
    if card.question:
        return "waiting", f"Asks you: {card.question}", run["activity_at"]
    if run["state"] == FAILED and card.column == "in-progress":
        return "stalled", f"Failed: {run['failure_code'].replace('_', ' ') or 'see the run'}", run["activity_at"]
    if run["state"] in (QUEUED, RUNNING):
        return "run", run["activity"] or run["state"], run["activity_at"]
    if run["state"] == "cancelled" and card.column == "in-progress":
        return "idle", "Stopped", run["activity_at"]
    return "", "", None


def _facts(card: Card) -> str:
    facts = []
    name = (card.run or {}).get("agent__name") or card.row.agent_name
    if name:
        facts.append(agent(name, "s"))
    if card.patch_set:
        facts.append(diffstat(card.patch_set["additions"], card.patch_set["deletions"]))
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


def lanes(cards: list[Card]) -> dict[str, str]:
    """The inner markup of each lane's list."""
    found: dict[str, list[Card]] = {name: [] for name in LANES}
    for card in cards:
        if card.column in found:
            found[card.column].append(card)
    return {name: safe("".join(item(card) for card in sorted(of, key=in_order))) for name, of in found.items()}
