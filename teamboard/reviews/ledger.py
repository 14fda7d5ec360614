"""Whether it is worth it: what each merged change cost, with what was thrown away on the way to it."""

from collections import Counter
from dataclasses import dataclass, field

from teamboard.board.models import Project
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.states import MERGED
from teamboard.runs import costs
from teamboard.runs.costs import Cost
from teamboard.runs.models import Run
from teamboard.runs.states import CANCELLED, FAILED


@dataclass(frozen=True, slots=True)
class Entry:
    """A merged change with all that was used for it; `thrown_away` of its `runs` ended without a part in it."""

    change: Change
    cost: Cost
    runs: int
    thrown_away: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """`entries` newest first; `rest` is what went into work that is not merged. Both together are the `total`."""

    entries: list[Entry] = field(default_factory=list)
    rest: Cost = field(default_factory=Cost)
    total: Cost = field(default_factory=Cost)
    thrown_away: int = 0


def of_project(project: Project) -> Ledger:
    changes = {row.pk: row for row in Change.objects.filter(project=project, state=MERGED).order_by("-pk")}
    part = _part_in(project)
    by_task = {row.task_id: row.pk for row in reversed(changes.values()) if row.task_id}
    runs = list(Run.objects.filter(project=project).values_list("pk", "task_id", "state"))
    # A run without a part in a merged change was on the way to the last one of its task.
    belongs = {pk: part.get(pk) or by_task.get(task) for pk, task, _ in runs}
    thrown = [pk for pk, _, state in runs if state in (FAILED, CANCELLED) and pk not in part]
    used = costs.costs_by("run", project=project.pk)
    sums: dict[int | None, Cost] = {}
    for pk, cost in used.items():
        key = belongs.get(pk)
        sums[key] = sums.get(key, Cost()) + cost
    many, lost = Counter(belongs.values()), Counter(belongs[pk] for pk in thrown)
    entries = [Entry(row, sums.get(pk, Cost()), many[pk], lost[pk]) for pk, row in changes.items()]
    total = costs.cost_of(project=project.pk)
    return Ledger(entries, sums.get(None, Cost()), total, len(thrown))


def _part_in(project: Project) -> dict[int, int]:
    """Run -> the merged change that holds a patch set of it."""
    rows = PatchSet.objects.filter(change__project=project, change__state=MERGED, run__isnull=False).order_by("pk")
    return {run: change for run, change in rows.values_list("run_id", "change_id") if run}
