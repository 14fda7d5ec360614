"""Collect by rule what is not needed on disk, and measure what is left. Never a ref, never what is only there."""

import logging
import os
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from teamboard.board import actions as board
from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.git.command import GitError
from teamboard.git.intake import BundleRefused
from teamboard.git.snapshot import REF
from teamboard.pipeline import briefs, checkpoints, environment, gathering, inside, layers
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.workspaces import Workspace, of_check, of_run, remove
from teamboard.reviews.models import CheckRun, PatchSet
from teamboard.reviews.states import COMPLETED
from teamboard.reviews.states import OPEN as OPEN_CHANGE
from teamboard.reviews.storage import folder, stores
from teamboard.runs.actions.moves import lock_run
from teamboard.runs.models import SETUP, Run
from teamboard.runs.queries import ended_before
from teamboard.runs.states import FINAL_RUN

log = logging.getLogger(__name__)
RUNS, STORES, LAYERS, LOGS = "runs", "stores", "environments", "logs"


def due() -> list[int]:
    """Projects somebody wants collected, or whose time has come again."""
    old = timezone.now() - timedelta(seconds=settings.COLLECT_EVERY_SECONDS)
    never = Q(disk=None) | Q(disk__measured_at=None) | Q(disk__measured_at__lt=old)
    rows = Project.objects.filter(status=Project.READY).filter(never | Q(disk__asked_at__isnull=False))
    return list(rows.order_by(F("disk__asked_at").asc(nulls_last=True)).values_list("pk", flat=True))


def collect_if_due(project_id: int) -> None:
    if project_id in due():
        collect(project_id)


def collect(project_id: int) -> None:
    """Harmless to repeat, and to run twice at once: each thing is first taken out of reach by a rename."""
    project = Project.objects.get(pk=project_id)
    before = sum(measure(project).values())
    for run in ended_before(project, timezone.now() - timedelta(days=settings.KEEP_RUN_DAYS)):
        collect_run(run)
    layers.collect(project.pk, _layers_in_use(project))
    _collect_logs(project)
    uses = measure(project)
    board.record_disk(project, uses=uses, freed=max(0, before - sum(uses.values())))


# Runs


def collect_run(run: Run) -> None:
    """The folders of an ended run, once what is in them is in the hub. Its output stays."""
    space = of_run(run.pk)
    for left in space.root.glob(".gone-*") if space.root.is_dir() else ():
        remove(left)
    if not space.work.is_dir() or not _in_the_hub(run, space):
        return
    for gone in _out_of_reach(run, space):
        remove(gone)


def _in_the_hub(run: Run, space: Workspace) -> bool:
    """The clone's own commits and its files, under a ref of the run; False when they could not be brought there."""
    if not run.base_sha:
        return True  # nothing was ever cloned into it
    who, message = briefs.author_of(run.agent), gathering.LEFTOVERS.format(agent=run.agent.name)
    try:
        taken, bundle = inside.collect(run.project, space, base=run.base_sha, who=who, message=message)
        if taken.left_out:
            raise StepFailed("file_too_big", str(taken.left_out))
        if taken.bundle:
            head = stores(run.project_id).ingest(bundle, REF, f"refs/runs/{run.pk}/last", max_bytes=gathering.BIGGEST)
            checkpoints.keep_ended(run, head)
    except (StepFailed, BundleRefused, GitError) as problem:
        log.warning("the folders of run %s stay, for their work is not in the hub: %s", run.pk, problem)
        return False
    return True


@transaction.atomic
def _out_of_reach(run: Run, space: Workspace) -> list[Path]:
    """Nobody resumes the run while its folders are moved aside; afterwards a resumed one gets a fresh clone."""
    if lock_run(run.pk).state not in FINAL_RUN:
        return []
    moved = []
    for path in list(space.root.iterdir()):
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".gone-"):
            moved.append(path.with_name(f".gone-{path.name}"))
            os.rename(path, moved[-1])
    return moved


# Layers and logs


def _layers_in_use(project: Project) -> set[Path]:
    """That of the target as it is now, and those that live runs were set up with."""
    body = queries.body_to_calibrate(project)
    current = environment.folder_of(project, body, project.head_sha)
    live = Run.objects.filter(project=project).exclude(state__in=FINAL_RUN)
    results = live.filter(steps__kind=SETUP).values_list("steps__result", flat=True)
    return {current, *(Path(result["layer"]).parents[1] for result in results if result and "layer" in result)}


def _collect_logs(project: Project) -> None:
    """The oldest first, until the rest fits; never that of a patch set that somebody may be looking at."""
    shown = PatchSet.objects.filter(change__project=project, change__state=OPEN_CHANGE).values("tree_sha")
    rows = CheckRun.objects.filter(project=project).order_by("-id").values_list("pk", flat=True)
    done = set(rows.filter(state=COMPLETED).exclude(tree_sha__in=shown))
    total = 0
    for pk in rows:
        space = of_check(pk)
        total += size(space.root)
        if total > settings.KEEP_LOG_BYTES and pk in done:
            total -= size(space.root)
            space.remove()


# Measuring


def measure(project: Project) -> dict[str, int]:
    runs = Run.objects.filter(project=project).values_list("pk", flat=True)
    checks = CheckRun.objects.filter(project=project).values_list("pk", flat=True)
    return {
        STORES: size(folder(project.pk)),
        RUNS: sum(size(of_run(pk).root) for pk in runs),
        LAYERS: size(layers.home(project.pk)),
        LOGS: sum(size(of_check(pk).root) for pk in checks),
    }


def size(root: Path) -> int:
    """Blocks on disk; no link is followed, and what an agent locked away counts as nothing."""
    total, todo = 0, [os.fspath(root)]
    while todo:
        try:
            entries = list(os.scandir(todo.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                continue
            if entry.is_dir(follow_symlinks=False):
                todo.append(entry.path)
    return total
