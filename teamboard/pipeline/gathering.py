"""Collect: what the agent left becomes one ref in the hub, checked like anything from outside."""

import os
from pathlib import Path
from typing import Any

from teamboard.git.intake import BundleRefused
from teamboard.git.snapshot import REF, Report
from teamboard.lib.killpoints import kill_point
from teamboard.pipeline import briefs, inside
from teamboard.pipeline.job import Job, StepFailed
from teamboard.reviews.storage import stores
from teamboard.runs.models import COLLECT, Run

LEFTOVERS = "Work that {agent} left uncommitted\n\nCommitted by the board when the agent's turn ended.\n"
# The smaller of what is sensible to review and what a store can carry for ever.
BIGGEST = 200_000_000
REFUSALS = {"too_big": "file_too_big"}


def collect(job: Job) -> dict[str, Any]:
    """The agent's own commits, and what it left uncommitted on top as one more."""
    if not job.space.has_clone:
        raise StepFailed("workspace_gone")
    run = job.run
    message = LEFTOVERS.format(agent=run.agent.name)
    who = briefs.author_of(run.agent)
    taken, bundle = inside.collect(run.project, job.space, base=run.base_sha, who=who, message=message)
    kill_point("collect_bundled")
    head = _ingest(job, taken, bundle)
    _refuse(job, taken, head)
    _say(job, taken)
    left_out = [list(item) for item in taken.left_out]
    notes = [*notes_of(taken), *_allowed(job)]
    return {"head": head, "tree": taken.tree, "notes": notes, "left_out": left_out}


def _allowed(job: Job) -> list[str]:
    """A reviewer has to know under what conditions the work was done."""
    words = Run.objects.values_list("conditions", flat=True).get(pk=job.run.pk)
    return [f"The agent worked with {' and '.join(words)}."] if words else []


def _ingest(job: Job, taken: Report, bundle: Path) -> str:
    """Into one ref of this round. Doing it twice gives the same ref."""
    if not taken.bundle:
        return taken.sha
    job.keeper.check()
    ref = f"refs/runs/{job.run.pk}/{job.step.round}"
    try:
        return stores(job.run.project_id).ingest(bundle, REF, ref, max_bytes=BIGGEST)
    except BundleRefused as refused:
        raise StepFailed(REFUSALS.get(refused.code, "refused_content"), str(refused)) from refused


def _refuse(job: Job, taken: Report, head: str) -> None:
    """What is in the store stays there; it is only not proposed."""
    if {"history_rewritten", "history_unrelated"} & set(taken.notes):
        raise StepFailed("history_rewritten", f"Its work is kept as {head[:10]}.")
    if "history_unreadable" in taken.notes:
        raise StepFailed("workspace_gone", f"Its files are kept as {head[:10]}.")
    if big := _too_big(job, head):
        raise StepFailed("file_too_big", f"{', '.join(big[:5])}. Its work is kept as {head[:10]}.")
    if head == _proposed_before(job) or taken.tree == stores(job.run.project_id).tree_of(job.run.base_sha):
        if taken.left_out:
            names = ", ".join(f"{path} ({why})" for path, why in taken.left_out[:5])
            raise StepFailed("file_too_big", names)
        raise StepFailed("nothing_done")


def _too_big(job: Job, head: str) -> list[str]:
    """Files of the agent's own commits that nobody should have to take into the history for ever."""
    there = stores(job.run.project_id)
    listed = there.hub.run("rev-list", "--objects", head, f"^{job.run.base_sha}", limit=100_000_000, timeout=60)
    rows = (os.fsdecode(row).partition(" ") for row in listed.split(b"\n") if row)
    new = {sha: path for sha, _, path in rows}
    feed = "".join(f"{sha}\n" for sha in new).encode()
    sizes = (
        there.hub.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=feed, limit=100_000_000)
        .decode()
        .splitlines()
    )
    pairs = (line.split(" ") for line in sizes)
    return [new[blob] for blob, size in pairs if size.isdigit() and int(size) > inside.BIGGEST_FILE]


def _proposed_before(job: Job) -> str:
    last = job.run.patch_sets.order_by("id").last()
    return last.head_sha if last and last.step_id and last.step and last.step.round < job.step.round else ""


def _say(job: Job, taken: Report) -> None:
    for note in notes_of(taken):
        job.output.say(note)


def notes_of(taken: Report) -> list[str]:
    """What a reviewer has to know about how the work was taken in."""
    notes = []
    if "leftovers" in taken.notes:
        notes.append("The agent left work uncommitted; the board committed it.")
    if "history_broken" in taken.notes:
        notes.append("The agent's commits could not be read; its files were taken as one commit.")
    notes += [f"Left out: {path} ({why})." for path, why in taken.left_out]
    notes += [f"{path} is a repository of its own; its files were taken, its history was not." for path in taken.nested]
    return notes


def collected(job: Job) -> dict[str, Any]:
    """What the collect step of this round left for those after it."""
    step = job.run.steps.filter(kind=COLLECT, round=job.step.round, state="succeeded").order_by("seq").last()
    if step is None:
        raise StepFailed("internal_error", "Nothing was collected in this round.")
    return {name: step.result[name] for name in ("head", "tree", "notes")}
