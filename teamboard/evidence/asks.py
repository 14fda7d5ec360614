"""What waits for a person, oldest first: questions, reviews, failures, held and returned entries."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from teamboard.board.models import Project
from teamboard.gate.models import QueueEntry
from teamboard.gate.reasons import FROZEN
from teamboard.gate.states import HELD, LIVE, RETURNED
from teamboard.reviews.models import Change, PatchSet, Vote
from teamboard.reviews.states import OPEN
from teamboard.runs import failures
from teamboard.runs import queries as runs
from teamboard.runs.models import Run

QUESTION, REVIEW, FAILURE, HELD_ENTRY, RETURNED_ENTRY = "question", "review", "failure", "held", "returned"


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing a person is wanted for. `id` is stable and fits a DOM id; `url` is where it is dealt with."""

    id: str
    kind: str
    text: str
    since: datetime
    url: str
    task: int | None = None
    run: int | None = None
    change: int | None = None
    question: int | None = None
    entry: int | None = None
    options: tuple[str, ...] = ()
    default: str | None = None
    due_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API shows it; `ask` is the sentence."""
        values = asdict(self)
        return {**values, "ask": self.text, "options": list(self.options)}


def asks(project: Project) -> list[Ask]:
    """The attention list of one project."""
    found = [*_questions(project), *_reviews(project), *_failures(project), *_entries(project)]
    return sorted(found, key=lambda ask: (ask.since, ask.id))


def _questions(project: Project) -> list[Ask]:
    names = ("pk", "text", "asked_at", "run_id", "run__task_id", "options", "default", "due_at")
    # Without the related rows: a long list is read on every page.
    rows = runs.open_questions(project).select_related(None).values_list(*names, named=True)
    return [
        Ask(
            id=f"ask-question-{row.pk}",
            kind=QUESTION,
            text=row.text,
            since=row.asked_at,
            url=f"/runs/{row.run_id}/",
            task=row.run__task_id,
            run=row.run_id,
            question=row.pk,
            options=tuple(str(option) for option in row.options),
            default=row.default,
            due_at=row.due_at,
        )
        for row in rows
    ]


def _reviews(project: Project) -> list[Ask]:
    """A human's turn: open, no -1 and no +2 on the newest patch set, not in the queue, nobody at work on it."""
    newest = PatchSet.objects.filter(change=OuterRef("change")).order_by("-number").values("pk")[:1]
    decided = Vote.objects.filter(patch_set=OuterRef("pk"), replaced_at=None, value__in=(-1, 2))
    rows = (
        PatchSet.objects.filter(change__project=project, change__state=OPEN, pk=newest)
        .exclude(change__entries__state__in=LIVE)
        .exclude(run__state__in=("queued", "running"))
        .exclude(Exists(decided))
    )
    names = ("change_id", "number", "created_at", "run_id", "change__title", "change__task_id")
    return [
        Ask(
            id=f"ask-review-{row.change_id}",
            kind=REVIEW,
            text=f"{row.change__title} — patch set {row.number}",
            since=row.created_at,
            url=f"/changes/{row.change_id}/",
            task=row.change__task_id,
            run=row.run_id,
            change=row.change_id,
        )
        for row in rows.values_list(*names, named=True)
    ]


def _failures(project: Project) -> list[Ask]:
    """A run that failed, unless the task has a newer one."""
    newer = Run.objects.filter(task=OuterRef("task"), number__gt=OuterRef("number"))
    rows = Run.objects.filter(project=project, state="failed", task__state="started").exclude(Exists(newer))
    names = ("pk", "task_id", "task__title", "failure_code", "finished_at", "created_at")
    return [
        Ask(
            id=f"ask-run-{row.pk}",
            kind=FAILURE,
            text=f"{row.task__title}: {failures.failure(row.failure_code).sentence}",
            since=row.finished_at or row.created_at,
            url=f"/runs/{row.pk}/",
            task=row.task_id,
            run=row.pk,
        )
        for row in rows.values_list(*names, named=True)
    ]


def _entries(project: Project) -> list[Ask]:
    """Held entries (a freeze is somebody's will and asks for nothing), and returned ones until something newer is."""
    held = QueueEntry.objects.filter(project=project, state=HELD).exclude(reason__code=FROZEN)
    newer = QueueEntry.objects.filter(change=OuterRef("change"), pk__gt=OuterRef("pk"))
    later = PatchSet.objects.filter(change=OuterRef("change"), number__gt=OuterRef("patch_set__number"))
    voted = Vote.objects.filter(change=OuterRef("change"), created_at__gt=OuterRef("finished_at"))
    returned = QueueEntry.objects.filter(project=project, state=RETURNED, change__state=OPEN).exclude(
        Exists(newer) | Exists(later) | Exists(voted)
    )
    pairs = [(HELD_ENTRY, row) for row in held.select_related("change")]
    pairs += [(RETURNED_ENTRY, row) for row in returned.select_related("change")]
    return [_entry(kind, row.change, row) for kind, row in pairs]


def _entry(kind: str, change: Change, row: QueueEntry) -> Ask:
    return Ask(
        id=f"ask-entry-{row.pk}",
        kind=kind,
        text=f"{change.title}: {row.reason.get('message', row.state)}",
        since=row.finished_at or row.changed_at,
        url=f"/changes/{change.pk}/",
        task=change.task_id,
        change=change.pk,
        entry=row.pk,
    )
