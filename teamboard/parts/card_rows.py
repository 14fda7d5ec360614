"""What is known of each task for its card, read in a fixed number of queries however long the board is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.board.queries import TaskRow
from teamboard.evidence import CardEvidence, column
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import HELD, LIVE
from teamboard.lib.prepared import Row, moment
from teamboard.parts.card_queries import (
    CHANGES,
    ENTRIES,
    PATCH_SETS,
    QUESTIONS,
    RUNS,
    STEPS,
    THREADS,
    ChangeRow,
    EntryRow,
    PatchSetRow,
    Reading,
    RunRow,
)
from teamboard.reviews.models import Change
from teamboard.reviews.states import COMPLETED, SUCCESS
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.runs.models import Run
from teamboard.runs.states import FAILED, FINAL_RUN


@dataclass(slots=True)
class Card:
    """One task with the newest of everything that belongs to it; each of these may be missing."""

    row: TaskRow
    run: RunRow | None = None
    steps: dict[str, str] = field(default_factory=dict)
    question: str = ""
    change: ChangeRow | None = None
    patch_set: PatchSetRow | None = None
    threads: int = 0
    checks: dict[str, tuple[str, str]] = field(default_factory=dict)
    entry: EntryRow | None = None

    @property
    def face(self) -> Row:
        """Everything that its markup is made of."""
        steps = tuple(self.steps.items()) if self.steps else None
        checks = tuple(self.checks.items()) if self.checks else None
        return self.row, self.run, self.question, self.change, self.patch_set, self.threads, self.entry, steps, checks

    @property
    def column(self) -> str:
        run, change, entry = self.run, self.change, self.entry
        return _column_of(
            self.row.state,
            run.state if run else "",
            run.waiting_for if run else "",
            change.state if change else "",
            entry.state if entry else "",
        )

    @property
    def at_work(self) -> bool:
        """Whether an agent does something, or waits for an answer; one that waits for a reviewer does not."""
        run = self.run
        return run is not None and run.state not in FINAL_RUN and run.waiting_for != "review"

    @property
    def flag(self) -> str:
        if self.question or (self.entry and self.entry.state == HELD):
            return "waiting"
        failing = self.run is not None and self.run.state == FAILED and self.column == "in-progress"
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
        entry, patch_set, run = self.entry, self.patch_set, self.run
        found = {
            "merging": entry and entry.created_at,
            "done": entry and entry.finished_at,
            "in-review": patch_set and patch_set.created_at,
            "in-progress": run and run.created_at,
        }
        return moment(found.get(self.column)) or self.row.created_at


def load(project: Project, tasks: Collection[int] | None = None) -> list[Card]:
    """All cards of the board in order, or those of some tasks."""
    rows = queries.board_rows(project) if tasks is None else queries.task_rows(project, tasks)
    cards = {row.id: Card(row) for row in rows}
    if cards:
        reading = Reading(project.pk, tasks)
        _runs(reading, cards)
        _changes(project, reading, cards)
    return list(cards.values())


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


def _runs(reading: Reading, cards: dict[int, Card]) -> None:
    """The newest of each task comes last."""
    for run in map(RunRow._make, reading.rows(RUNS, "task")):
        if run.task_id in cards:
            cards[run.task_id].run = run
    live = {card.run.id: card for card in cards.values() if card.run and card.at_work}
    if live:
        _steps(reading, live)
        for run_id, text in reading.rows(QUESTIONS, "run__task"):
            if run_id in live:
                live[run_id].question = text


def _steps(reading: Reading, live: dict[int, Card]) -> None:
    """Those of the newest round."""
    rounds: dict[int, int] = {}
    for run_id, number, kind, state in reading.rows(STEPS, "run__task"):
        if run_id not in live:
            continue
        if rounds.setdefault(run_id, number) != number:
            rounds[run_id] = number
            live[run_id].steps.clear()
        live[run_id].steps[kind] = state


def _changes(project: Project, reading: Reading, cards: dict[int, Card]) -> None:
    for change in map(ChangeRow._make, reading.rows(CHANGES, "task")):
        if change.task_id in cards:
            cards[change.task_id].change = change
    by_change = {card.change.id: card for card in cards.values() if card.change}
    if by_change:
        _queue(reading, by_change)
        seen = {pk: card for pk, card in by_change.items() if card.change and card.change.state == CHANGE_OPEN}
        _review(reading, seen)
        _checks(project, reading, seen.values())


def _queue(reading: Reading, cards: dict[int, Card]) -> None:
    for entry in map(EntryRow._make, reading.rows(ENTRIES, "change__task")):
        if entry.change_id in cards:
            cards[entry.change_id].entry = entry


def _review(reading: Reading, cards: dict[int, Card]) -> None:
    for patch_set in map(PatchSetRow._make, reading.rows(PATCH_SETS, "change__task")):
        if patch_set.change_id in cards:
            cards[patch_set.change_id].patch_set = patch_set
    for change, number in reading.rows(THREADS, "change__task"):
        if change in cards:
            cards[change].threads = number


def _checks(project: Project, reading: Reading, cards: Iterable[Card]) -> None:
    """Of what counts: a check that is red or impossible on the untouched target is nobody's failure (D11, D12)."""
    trees: dict[str, list[Card]] = {}
    for card in cards:
        tested = card.entry and card.entry.state in LIVE and card.entry.candidate_tree
        tree = tested or (card.patch_set and card.patch_set.tree_sha)
        if tree:
            trees.setdefault(tree, []).append(card)
    uncounted = queries.uncounted_checks(project)
    for tree, name, state, conclusion in reading.checks(trees):
        for card in trees.get(tree, ()) if name not in uncounted else ():
            card.checks[name] = (state, conclusion)
