"""Reads over the queue, for its page, the API and the merger."""

from dataclasses import dataclass

from django.db.models import QuerySet

from teamboard.board.models import Project
from teamboard.gate.models import Freeze, Intent, QueueEntry
from teamboard.gate.reasons import MERGED_BY_HAND, TAKEN_OFF
from teamboard.gate.states import LIVE, MERGED
from teamboard.reviews import queries as reviews
from teamboard.reviews.models import Change, CheckRun, Vote
from teamboard.reviews.states import OPEN

RELATED = ("project", "change", "change__task", "change__task__project", "change__agent", "patch_set", "vote__user")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with the checks of its candidate (or, before there is one, of its patch set)."""

    entry: QueueEntry
    checks: list[CheckRun]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """`entries`: the live ones in order; `finished`: merged and returned, newest first."""

    main_sha: str
    freeze: Freeze | None
    entries: list[EntryRow]
    finished: list[QueueEntry]

    @property
    def frozen(self) -> bool:
        return self.freeze is not None


def queue_page(project: Project, *, finished: int = 30) -> QueuePage:
    done = QueueEntry.objects.filter(project=project).exclude(state__in=LIVE).select_related(*RELATED)
    return QueuePage(
        main_sha=project.head_sha,
        freeze=freeze_of(project),
        entries=[EntryRow(entry, checks_of_entry(entry)) for entry in live_entries(project)],
        finished=list(done.order_by("-finished_at", "-id")[:finished]),
    )


def live_entries(project: Project) -> "QuerySet[QueueEntry]":
    """In the order of the queue."""
    return QueueEntry.objects.filter(project=project, state__in=LIVE).select_related(*RELATED).order_by("id")


def entry_of(change: Change) -> QueueEntry | None:
    """Its place in the queue, or how its last visit ended."""
    return QueueEntry.objects.filter(change=change).select_related(*RELATED).order_by("-id").first()


def checks_of_entry(entry: QueueEntry) -> list[CheckRun]:
    return reviews.checks_of(entry.candidate_tree or entry.patch_set.tree_sha, entry.project)


def freeze_of(project: Project) -> Freeze | None:
    return Freeze.objects.filter(project=project).select_related("by").first()


def intent_of(project: Project) -> Intent | None:
    return Intent.objects.filter(project=project).select_related("entry", "entry__change", "entry__project").first()


def merged_by_board(project: Project) -> list[QueueEntry]:
    """What the board itself put onto the target, save what was already reported as taken off again."""
    rows = QueueEntry.objects.filter(project=project, state=MERGED).select_related(*RELATED)
    return [row for row in rows if row.reason.get("code") not in (MERGED_BY_HAND, TAKEN_OFF)]


def projects_with_work() -> list[int]:
    """Projects whose queue wants a tick, for the poll threads: entries to move, or an approval that waits to enter."""
    live = QueueEntry.objects.filter(state__in=LIVE).values_list("project_id", flat=True)
    approved = Vote.objects.filter(value=2, replaced_at=None, change__state=OPEN)
    return sorted({*live, *approved.values_list("change__project_id", flat=True)})


def entries(project: Project, *, finished: int = 30) -> list[QueueEntry]:
    """The last finished ones and all live ones, newest last."""
    rows = QueueEntry.objects.filter(project=project).select_related(*RELATED)
    # The live ones first: one that ends between the two reads is then in both, not in neither.
    live = {row.pk: row for row in rows.filter(state__in=LIVE)}
    ended = {row.pk: row for row in rows.exclude(state__in=LIVE).order_by("-id")[:finished]}
    return sorted({**live, **ended}.values(), key=lambda row: row.pk)


def frozen(project: Project) -> Freeze | None:
    return freeze_of(project)
