"""What is known of each task for its card, read in a fixed number of queries however long the board is."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count, Q

from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.board.queries import TaskRow
from teamboard.board.states import STARTED
from teamboard.evidence import CardEvidence, column
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import HELD, LIVE
from teamboard.reviews.models import Change, CheckRun, PatchSet, Thread
from teamboard.reviews.states import COMPLETED, SUCCESS
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.runs.models import Question, Run, Step
from teamboard.runs.states import FAILED, FINAL_RUN
from teamboard.runs.states import OPEN as QUESTION_OPEN


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
    def face(self) -> tuple[object, ...]:
        """Everything that its markup is made of."""
        parts = (self.run, self.change, self.patch_set, self.entry, self.steps, self.checks)
        values = (tuple(part.values()) if part else None for part in parts)
        return self.row, self.column, self.question, self.threads, *self.steps, *self.checks, *values

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
    # A card at rest shows nothing of its runs, unless one of them still asks.
    runs = runs.filter(Q(task__state=STARTED) | ~Q(state__in=FINAL_RUN))
    names = ("id", "task_id", "state", "waiting_for", "activity", "activity_at", "failure_code", "created_at")
    for run in runs.order_by("id").values(*names, "agent__name"):
        if run["task_id"] in cards:
            cards[run["task_id"]].run = run
    live = {card.run["id"]: card for card in cards.values() if card.run and card.at_work}
    if not live:
        return
    rounds: dict[int, int] = {}
    steps = Step.objects.filter(_few("run", live, run__project=project)).order_by("seq")
    steps = steps.exclude(run__state__in=FINAL_RUN).exclude(run__waiting_for="review")
    for run_id, number, kind, state in steps.values_list("run_id", "round", "kind", "state"):
        if run_id not in live:
            continue
        if rounds.setdefault(run_id, number) != number:
            rounds[run_id] = number
            live[run_id].steps.clear()
        live[run_id].steps[kind] = state
    asked = Question.objects.filter(run_id__in=live, state=QUESTION_OPEN).order_by("-id")
    for run_id, text in asked.values_list("run_id", "text"):
        live[run_id].question = text


def _few(name: str, ids: Collection[int], **otherwise: object) -> Q:
    """By their ids when they are few; else all that may be meant: a long list of ids costs more than some rows."""
    return Q(**{f"{name}_id__in": list(ids)}) if len(ids) <= 20 else Q(**otherwise)


def _changes(project: Project, cards: dict[int, Card], tasks: Collection[int] | None) -> None:
    changes = Change.objects.filter(project=project, task__isnull=False)
    if tasks is not None:
        changes = changes.filter(task_id__in=tasks)
    for change in changes.order_by("id").values("id", "number", "task_id", "state"):
        if change["task_id"] in cards:
            cards[change["task_id"]].change = dict(change)
    by_change = {card.change["id"]: card for card in cards.values() if card.change}
    if by_change:
        _evidence(project, by_change)


def _evidence(project: Project, cards: dict[int, Card]) -> None:
    entries = QueueEntry.objects.filter(_few("change", cards, project=project)).order_by("id")
    for entry in entries.values("change_id", "state", "candidate_tree", "created_at", "finished_at"):
        if entry["change_id"] in cards:
            cards[entry["change_id"]].entry = dict(entry)
    seen = {pk: card for pk, card in cards.items() if card.change and card.change["state"] == CHANGE_OPEN}
    of_open = _few("change", seen, change__project=project, change__state=CHANGE_OPEN)
    sets = PatchSet.objects.filter(of_open).order_by("number")
    for row in sets.values("change_id", "number", "tree_sha", "additions", "deletions", "created_at"):
        if row["change_id"] in seen:
            seen[row["change_id"]].patch_set = dict(row)
    threads = Thread.objects.filter(of_open, state="open", published_at__isnull=False)
    for change, number in threads.values_list("change_id").annotate(Count("id")):
        if change in seen:
            seen[change].threads = number
    _checks(project, seen)


def _checks(project: Project, cards: dict[int, Card]) -> None:
    """Of what counts: a check that is red or impossible on the untouched target is nobody's failure (D11, D12)."""
    trees: dict[str, list[Card]] = {}
    for card in cards.values():
        tested = card.entry and card.entry["state"] in LIVE and card.entry["candidate_tree"]
        tree = tested or (card.patch_set and card.patch_set["tree_sha"])
        if tree:
            trees.setdefault(tree, []).append(card)
    runs = CheckRun.objects.filter(project=project, tree_sha__in=trees).exclude(
        name__in=queries.uncounted_checks(project)
    )
    for tree, name, state, conclusion in runs.order_by("id").values_list("tree_sha", "name", "state", "conclusion"):
        for card in trees[tree]:
            card.checks[name] = (state, conclusion)
