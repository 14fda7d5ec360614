"""What waits for a person, oldest first: questions, reviews, failures, entries that stopped, suggested tasks."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from teamboard.board.models import Project
from teamboard.gate.models import QueueEntry
from teamboard.gate.reasons import FROZEN
from teamboard.gate.states import HELD, LIVE, RETURNED
from teamboard.lib.prepared import Prepared, as_text, moment
from teamboard.reviews.models import PatchSet, Vote
from teamboard.reviews.states import OPEN
from teamboard.runs import failures
from teamboard.runs import queries as runs
from teamboard.runs.models import Question, Run

Rows = QuerySet[Any, Any]

QUESTION, REVIEW, FAILURE, HELD_ENTRY, RETURNED_ENTRY = "question", "review", "failure", "held", "returned"
SUGGESTION = "suggestion"
FOR_PAGES = ("ref", "permission", "author")


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing a person is wanted for. `id` is stable and fits a DOM id; `url` is where it is dealt with.

    `ref` is what it is about in the short form that people use.
    """

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
    ref: str = ""
    permission: bool = False
    author: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API shows it; `ask` is the sentence."""
        told = {name: value for name, value in asdict(self).items() if name not in FOR_PAGES}
        return {**told, "ask": self.text, "options": list(self.options)}


def asks(project: Project) -> list[Ask]:
    """The attention list of one project."""
    found = [*_questions(project), *_reviews(project), *_failures(project), *_entries(project)]
    found += _suggestions(project)
    return sorted(found, key=lambda ask: (ask.since, ask.id))


def _ref(project: Project, task: int | None, change: int | None = None) -> str:
    """What it is about, in the short form that people use; both are numbers."""
    return f"{project.key}-{task}" if task else f"Change {change}"


def _questions(project: Project) -> list[Ask]:
    return [
        Ask(
            id=f"ask-question-{pk}",
            kind=QUESTION,
            text=text,
            since=moment(at),
            url=f"/runs/{run}/",
            task=task,
            run=run,
            question=pk,
            options=_options(options),
            default=default,
            due_at=moment(due),
            ref=_ref(project, number),
            permission=kind == Question.PERMISSION,
        )
        for pk, kind, text, at, due, options, default, run, task, number in QUESTIONS.rows(project.pk)
    ]


def _open_questions(project: int) -> Rows:
    asked = ("pk", "kind", "text", as_text("asked_at"), as_text("due_at"), as_text("options"), "default")
    return runs.open_questions(project).values_list(*asked, "run_id", "run__task_id", "run__task__number")


@lru_cache(maxsize=1000)
def _options(text: str) -> tuple[str, ...]:
    return tuple(str(option) for option in json.loads(text))


def _reviews(project: Project) -> list[Ask]:
    return [
        Ask(
            id=f"ask-review-{change}",
            kind=REVIEW,
            text=f"{title} — patch set {number}",
            since=moment(at),
            url=f"/changes/{change}/",
            task=task,
            run=run,
            change=change,
            ref=_ref(project, task_number, change_number),
            author=author,
        )
        for change, change_number, title, author, number, at, run, task, task_number in REVIEWS.rows(project.pk)
    ]


def _undecided(project: int) -> Rows:
    """A human's turn: open, no -1 and no +2 on the newest patch set, not in the queue, nobody at work on it."""
    newest = PatchSet.objects.filter(change=OuterRef("change")).order_by("-number").values("pk")[:1]
    decided = Vote.objects.filter(patch_set=OuterRef("pk"), replaced_at=None, value__in=(-1, 2))
    rows = (
        PatchSet.objects.filter(change__project=project, change__state=OPEN, pk=newest)
        .exclude(change__entries__state__in=LIVE)
        .exclude(run__state__in=("queued", "running"))
        .exclude(Exists(decided))
    )
    change = ("change_id", "change__number", "change__title", "change__author_user_id")
    of_set = ("number", as_text("created_at"), "run_id")
    return rows.values_list(*change, *of_set, "change__task_id", "change__task__number")


def _failures(project: Project) -> list[Ask]:
    return [
        Ask(
            id=f"ask-run-{run}",
            kind=FAILURE,
            text=f"{title}: {failures.failure(code).sentence}",
            since=moment(finished or created),
            url=f"/runs/{run}/",
            task=task,
            run=run,
            ref=_ref(project, number),
        )
        for run, code, finished, created, task, number, title in FAILURES.rows(project.pk)
    ]


def _failed_runs(project: int) -> Rows:
    """A run that failed, unless the task has a newer one."""
    newer = Run.objects.filter(task=OuterRef("task"), number__gt=OuterRef("number"))
    rows = Run.objects.filter(project=project, state="failed", task__state="started").exclude(Exists(newer))
    of_run = ("pk", "failure_code", as_text("finished_at"), as_text("created_at"))
    return rows.values_list(*of_run, "task_id", "task__number", "task__title")


def _suggestions(project: Project) -> list[Ask]:
    return [
        Ask(
            id=f"ask-suggested-{pk}",
            kind=SUGGESTION,
            text=title,
            since=moment(at),
            url=f"/runs/{run}/",
            task=task,
            run=run,
            ref=_ref(project, number),
        )
        for pk, title, at, run, task, number in SUGGESTIONS.rows(project.pk)
    ]


def _undecided_suggestions(project: int) -> Rows:
    of_row = ("pk", "title", as_text("at"), "run_id")
    return runs.undecided_suggestions(project).values_list(*of_row, "run__task_id", "run__task__number")


def _entries(project: Project) -> list[Ask]:
    return [
        Ask(
            id=f"ask-entry-{entry}",
            kind=HELD_ENTRY if state == HELD else RETURNED_ENTRY,
            text=f"{title}: {reason.get('message', state)}",
            since=moment(finished or changed),
            url=f"/changes/{change}/",
            task=task,
            change=change,
            entry=entry,
            ref=_ref(project, task_number, change_number),
        )
        for entry, state, reason, finished, changed, change, change_number, title, task, task_number in (
            STOPPED.rows(project.pk)
        )
    ]


def _stopped_entries(project: int) -> Rows:
    """Held entries (a freeze is somebody's will and asks for nothing), and returned ones until something newer is."""
    newer = QueueEntry.objects.filter(change=OuterRef("change"), pk__gt=OuterRef("pk"))
    later = PatchSet.objects.filter(change=OuterRef("change"), number__gt=OuterRef("patch_set__number"))
    voted = Vote.objects.filter(change=OuterRef("change"), created_at__gt=OuterRef("finished_at"))
    passed = Exists(newer) | Exists(later) | Exists(voted)
    held = Q(state=HELD) & ~Q(reason__code=FROZEN)
    rows = QueueEntry.objects.filter(held | Q(Q(state=RETURNED, change__state=OPEN) & ~passed), project=project)
    of_entry = ("pk", "state", "reason", as_text("finished_at"), as_text("changed_at"))
    change = ("change_id", "change__number", "change__title", "change__task_id", "change__task__number")
    return rows.values_list(*of_entry, *change)


QUESTIONS, REVIEWS = Prepared(_open_questions), Prepared(_undecided)
FAILURES, STOPPED = Prepared(_failed_runs), Prepared(_stopped_entries)
SUGGESTIONS = Prepared(_undecided_suggestions)
