"""The rows behind many cards at once: a fixed number of queries however long the board is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from teamboard.board.models import Project, Task
from teamboard.board.states import DONE, STARTED
from teamboard.evidence.columns import CardEvidence, column
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import LIVE
from teamboard.reviews import queries as reviews
from teamboard.reviews.models import Change, PatchSet, Thread, Vote
from teamboard.reviews.states import OPEN
from teamboard.runs.models import Question, Run

Check = tuple[str, str, str]


class Reach(NamedTuple):
    """Whose rows are read: those of some tasks, or all of the project."""

    project: Project
    tasks: list[int] | None

    def rows(self, rows: "QuerySet[Any, Any]", *, task: str, project: str = "project") -> "QuerySet[Any, Any]":
        """`task` and `project` are the ways to them from a row."""
        return rows.filter(**{project: self.project} if self.tasks is None else {f"{task}__in": self.tasks})


def evidence_of(project: Project, tasks: Iterable[Task] | None = None) -> dict[int, CardEvidence]:
    """Task id -> its evidence, of the given cards (their rows alone are read) or of all of the project."""
    states = _states(project, tasks)
    of = Reach(project, None if tasks is None else list(states))
    at_work = {pk for pk, state in states.items() if state in (STARTED, DONE)}
    runs, changes = _last_runs(of, at_work), _last_changes(of, at_work)
    newest = _newest([change.pk for change in changes.values()])
    entries = {e.change_id: e for e in of.rows(QueueEntry.objects.filter(state__in=LIVE), task="change__task")}
    threads = _counts(Thread.objects.filter(change__in=newest, state=OPEN, published_at__isnull=False), "change_id")
    asked = of.rows(Question.objects.filter(state="open"), task="run__task", project="run__project")
    questions = _counts(asked, "run__task_id")
    votes = _votes(newest.values())
    checks = _checks(project, newest.values())
    waits = _waits(of)
    found = {}
    for pk, state in states.items():
        change = changes.get(pk)
        shown = newest.get(change.pk) if change else None
        found[pk] = CardEvidence(
            state=state,
            run=runs.get(pk),
            change=change,
            patch_set=shown,
            entry=entries.get(change.pk) if change else None,
            open_threads=threads.get(change.pk, 0) if change else 0,
            questions=questions.get(pk, 0),
            votes=votes.get(shown.pk, ()) if shown else (),
            checks=checks.get(shown.tree_sha, ()) if shown else (),
            blocked_by=waits.get(pk, ()),
        )
    return found


def card_evidence(task: Task) -> CardEvidence:
    return evidence_of(task.project, [task])[task.pk]


def column_of(task: Task) -> str:
    return column(card_evidence(task))


def columns(project: Project) -> dict[int, str]:
    """Task id -> column, of the whole board."""
    return {pk: column(card) for pk, card in evidence_of(project).items()}


def _states(project: Project, tasks: Iterable[Task] | None) -> dict[int, str]:
    if tasks is not None:
        return {task.pk: task.state for task in tasks}
    return dict(Task.objects.filter(project=project).values_list("pk", "state"))


def _last_runs(of: Reach, at_work: set[int]) -> dict[int, Run]:
    rows = of.rows(Run.objects.select_related("agent").order_by("number"), task="task")
    return {run.task_id: run for run in rows if run.task_id in at_work}


def _last_changes(of: Reach, at_work: set[int]) -> dict[int, Change]:
    rows = of.rows(Change.objects.filter(task__isnull=False).order_by("id"), task="task")
    return {change.task_id: change for change in rows if change.task_id in at_work}


def _newest(changes: Sequence[int]) -> dict[int, PatchSet]:
    """The last row of each change wins."""
    rows = PatchSet.objects.filter(change__in=changes).defer("file_patch_ids", "message").order_by("number")
    return {row.change_id: row for row in rows}


def _counts(rows: "QuerySet[Any, Any]", key: str) -> dict[int, int]:
    return dict(rows.values_list(key).annotate(n=Count("pk")).order_by())


def _votes(patch_sets: Iterable[PatchSet]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Vote.objects.filter(patch_set__in=[row.pk for row in patch_sets], replaced_at=None)
    for patch_set, value in rows.values_list("patch_set_id", "value"):
        found[patch_set].append(value)
    return {key: tuple(values) for key, values in found.items()}


def _checks(project: Project, patch_sets: Iterable[PatchSet]) -> dict[str, tuple[Check, ...]]:
    rows = reviews.runs_in_force(project).filter(tree_sha__in={row.tree_sha for row in patch_sets})
    found: dict[str, dict[str, Check]] = defaultdict(dict)
    for row in rows.order_by("number"):
        found[row.tree_sha][row.name] = (row.name, row.state, row.conclusion)
    return {tree: tuple(checks.values()) for tree, checks in found.items()}


def _waits(of: Reach) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = defaultdict(list)
    links = Task.waits_for.through.objects.exclude(to_task__state=DONE)
    links = of.rows(links, task="from_task", project="from_task__project")
    for task, other in links.values_list("from_task_id", "to_task_id"):
        found[task].append(other)
    return {key: tuple(values) for key, values in found.items()}
