"""The rows that cards are made of, for a whole board or for some of its tasks."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from teamboard.board.states import STARTED
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import LIVE
from teamboard.lib.prepared import Prepared, Row, as_text
from teamboard.reviews.models import Change, CheckRun, PatchSet, Thread
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.runs.models import Question, Run, Step
from teamboard.runs.states import FINAL_RUN
from teamboard.runs.states import OPEN as QUESTION_OPEN

Rows = QuerySet[Any, Any]

# As the database gives them (dates as text): most cards are drawn as they were and nobody looks into their rows.


class RunRow(NamedTuple):
    id: int
    task_id: int
    state: str
    waiting_for: str
    activity: str
    activity_at: str | None
    failure_code: str
    created_at: str
    agent: str


class ChangeRow(NamedTuple):
    id: int
    task_id: int
    number: int
    state: str


class PatchSetRow(NamedTuple):
    change_id: int
    number: int
    tree_sha: str
    additions: int
    deletions: int
    created_at: str


class EntryRow(NamedTuple):
    change_id: int
    state: str
    candidate_tree: str
    created_at: str
    finished_at: str | None


class Reading(NamedTuple):
    """What is read: the cards of a project, or some of them."""

    project: int
    tasks: Collection[int] | None = None

    def rows(self, of: Prepared, task: str) -> list[Row]:
        """`task` is the way from a row to its task, as a lookup."""
        return of.rows(self.project) if self.tasks is None else of.some(self.project, Q(**{f"{task}__in": self.tasks}))

    def checks(self, trees: Collection[str]) -> list[Row]:
        return CHECKS.rows(self.project) if self.tasks is None else CHECKS.some(self.project, Q(tree_sha__in=trees))


def _all_runs(project: int) -> Rows:
    # A card at rest shows nothing of its runs, unless one of them still asks.
    runs = Run.objects.filter(Q(task__state=STARTED) | ~Q(state__in=FINAL_RUN), project=project).order_by("id")
    seen, told = as_text("activity_at"), as_text("created_at")
    names = ("id", "task_id", "state", "waiting_for", "activity", seen, "failure_code", told, "agent__name")
    return runs.values_list(*names)


def _all_steps(project: int) -> Rows:
    steps = Step.objects.filter(run__project=project).exclude(run__state__in=FINAL_RUN)
    steps = steps.exclude(run__waiting_for="review").order_by("seq")
    return steps.values_list("run_id", "round", "kind", "state")


def _all_questions(project: int) -> Rows:
    asked = Question.objects.filter(run__project=project, state=QUESTION_OPEN).order_by("-id")
    return asked.values_list("run_id", "text")


def _all_changes(project: int) -> Rows:
    changes = Change.objects.filter(project=project, task__isnull=False).order_by("id")
    return changes.values_list("id", "task_id", "number", "state")


def _all_entries(project: int) -> Rows:
    entries = QueueEntry.objects.filter(project=project, change__task__isnull=False).order_by("id")
    times = (as_text("created_at"), as_text("finished_at"))
    return entries.values_list("change_id", "state", "candidate_tree", *times)


def _open_sets(project: int) -> Rows:
    sets = PatchSet.objects.filter(change__project=project, change__state=CHANGE_OPEN).order_by("number")
    return sets.values_list("change_id", "number", "tree_sha", "additions", "deletions", as_text("created_at"))


def _open_threads(project: int) -> Rows:
    of_open = Thread.objects.filter(change__project=project, change__state=CHANGE_OPEN)
    return of_open.filter(state="open", published_at__isnull=False).values_list("change_id").annotate(Count("id"))


def _open_checks(project: int) -> Rows:
    """Of the trees that may count: of patch sets under review, and of candidates under test."""
    under_review = PatchSet.objects.filter(change__project=project, change__state=CHANGE_OPEN).values("tree_sha")
    under_test = QueueEntry.objects.filter(project=project, state__in=LIVE).values("candidate_tree")
    runs = CheckRun.objects.filter(Q(tree_sha__in=under_review) | Q(tree_sha__in=under_test), project=project)
    return runs.order_by("id").values_list("tree_sha", "name", "state", "conclusion")


RUNS, STEPS, QUESTIONS = Prepared(_all_runs), Prepared(_all_steps), Prepared(_all_questions)
CHANGES, ENTRIES = Prepared(_all_changes), Prepared(_all_entries)
PATCH_SETS, THREADS, CHECKS = Prepared(_open_sets), Prepared(_open_threads), Prepared(_open_checks)
