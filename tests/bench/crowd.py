"""A board of a thousand cards in all lanes: 400 started, 200 things that wait for a person; or one at rest."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from teamboard.board.models import Project, Task
from teamboard.gate.models import QueueEntry
from teamboard.reviews.models import Vote
from teamboard.runs.models import STEP_KINDS, Run
from tests import factories

# How many cards stand where; the started ones are in progress, asking, failed, in review, sent back or queued.
CARDS = {"backlog": 300, "ready": 100, "done": 200}
STARTED = {"running": 100, "asking": 50, "failed": 50, "review": 100, "sent_back": 50, "queued": 50}
THOUSAND = {**CARDS, **STARTED}
LABELS = (["money"], ["parser", "slow"], [])


# What no worker looks at: such a crowd may stand on a board that is at work.
AT_REST = {"backlog": 600, "ready": 300, "failed": 100}


@transaction.atomic
def fill(project: Project, crowd: dict[str, int]) -> None:
    agents = [factories.agent(project, name=name) for name in ("Cedar", "Birch", "Alder", "Rowan")]
    kinds = [kind for kind, many in crowd.items() for _ in range(many)]
    for number, kind in enumerate(kinds, project.tasks.count() + 1):
        state = kind if kind in CARDS else "started"
        task = Task.objects.create(
            project=project,
            number=number,
            title=f"Let the ledger round line {number} to whole cents",
            body="Say what happens to the rest.\n" * 10,
            position=number * 1024.0,
            state=state,
            agent=agents[number % 4],
            labels=LABELS[number % 3],
            created_by=factories.ada(),
        )
        if kind in MAKERS:
            MAKERS[kind](task)


def _run(task: Task, state: str, **fields: Any) -> Run:
    now = timezone.now()
    run = factories.run(task, number=1, state=state, activity="edits money.py", activity_at=now, **fields)
    last = {"running": 3, "failed": 3}.get(state, len(STEP_KINDS))
    for seq, kind in enumerate(STEP_KINDS[:last], 1):
        ended = "succeeded" if seq < last or last > 3 else state
        factories.step(run, seq=seq, kind=kind, state=ended, result={"log": "a line of it\n" * 20})
    return run


def running(task: Task) -> None:
    _run(task, "running")


def asking(task: Task) -> None:
    run = _run(task, "waiting", waiting_for="question")
    factories.question(run.steps.last(), text="Shall the rest go to the first part or to the last?")


def failed(task: Task) -> None:
    _run(task, "failed", failure_code="nothing_done", finished_at=timezone.now())


def review(task: Task) -> Any:
    run = _run(task, "waiting", waiting_for="review")
    change = factories.change(task=task, agent=task.agent, number=task.number)
    ids = {f"src/part_{index}.py": factories.sha() for index in range(20)}
    patch_set = factories.patch_set(change, number=1, run=run, file_patch_ids=ids, files=20)
    for name in ("tests", "lint"):
        factories.check_run(patch_set, name=name, state="completed", conclusion="success")
    if task.number % 2:
        factories.thread(patch_set)
    return patch_set


def sent_back(task: Task) -> None:
    patch_set = review(task)
    Vote.objects.create(
        change=patch_set.change,
        patch_set=patch_set,
        user=factories.rui(),
        value=-1,
        head_sha=patch_set.head_sha,
        base_sha=patch_set.base_sha,
    )


def queued(task: Task) -> None:
    factories.entry(review(task), state="testing" if task.number % 10 == 0 else "queued")


def done(task: Task) -> None:
    patch_set = review(task)
    patch_set.change.state = "merged"
    patch_set.change.save()
    Run.objects.filter(pk=patch_set.run_id).update(state="succeeded", waiting_for="")
    QueueEntry.objects.create(
        project=task.project,
        change=patch_set.change,
        patch_set=patch_set,
        state="merged",
        finished_at=timezone.now(),
    )


MAKERS: dict[str, Callable[[Task], Any]] = {
    "running": running,
    "asking": asking,
    "failed": failed,
    "review": review,
    "sent_back": sent_back,
    "queued": queued,
    "done": done,
}
