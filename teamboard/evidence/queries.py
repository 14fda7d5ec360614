"""Evidence in the shape that the API and the pages of one card or one person read."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from teamboard.accounts.models import User
from teamboard.board import queries as board
from teamboard.board.models import Project, Task
from teamboard.evidence.asks import Ask, asks
from teamboard.evidence.badges import Badge, badges
from teamboard.evidence.columns import CardEvidence, column
from teamboard.evidence.gather import card_evidence, evidence_of


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """A card's column and what says so."""

    column: str
    badges: list[Badge]
    run_id: int | None
    change_id: int | None

    @property
    def evidence(self) -> list[dict[str, Any]]:
        return [
            {"name": badge.name, "label": badge.label, "source": badge.source, "at": badge.at} for badge in self.badges
        ]


def of_task(task: Task) -> TaskEvidence:
    return _evidence(card_evidence(task))


def of_tasks(project: Project, tasks: Collection[Task]) -> dict[int, TaskEvidence]:
    """Task id -> its evidence, in a fixed number of queries."""
    return {pk: _evidence(card) for pk, card in evidence_of(project, tasks).items()}


def _evidence(card: CardEvidence) -> TaskEvidence:
    return TaskEvidence(
        column(card), badges(card), card.run.pk if card.run else None, card.change.pk if card.change else None
    )


def asks_of(user: User) -> list[Ask]:
    """What waits for a person in all projects that they are in, oldest first."""
    found = [ask for project in board.projects_of(user) for ask in asks(project)]
    return sorted(found, key=lambda ask: (ask.since, ask.id))
