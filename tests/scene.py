"""One of everything in a project with a real repository: what the matrices of rights knock at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command

from teamboard.accounts import actions as accounts
from teamboard.board import actions as board
from teamboard.board.models import Project
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Change
from teamboard.runs.states import FAILED, RUNNING
from tests import factories
from tests.gate.stage import Stage


@dataclass
class Scene:
    """`ids`: the name of a route's parameter in the scene -> the id."""

    project: Project
    change: Change
    stage: Stage
    ids: dict[str, Any]


def build(root: Path) -> Scene:
    stage = Stage(root)
    project = stage.project
    ada, rui = factories.ada(), factories.rui(project)
    # The stranger has every right, elsewhere.
    factories.olga(project), factories.architect_of(factories.project(name="Elsewhere"), factories.eve())
    change = stage.branch("feature", {"app.txt": "other\n"})
    patch_set = change.patch_sets.get()
    thread = factories.thread(patch_set, path="app.txt", start_line=1, end_line=1)
    task = factories.task(project, agent=factories.agent(project), state="started")
    run = factories.run(task, state=RUNNING)
    draft = reviews.save_draft(
        change, patch_set, path="app.txt", side="new", start_line=1, end_line=1, body="A draft.", by=rui
    )
    _token, _ = accounts.issue_token(ada, "script")
    invitation, _ = board.invite(project, role="reviewer", by=ada)
    ids = {
        "project": project.pk,
        "task": task.pk,
        "run": run.pk,
        "question": factories.question(factories.step(run, state="running")).pk,
        "suggested-task": factories.suggested_task(run).pk,
        "checkpoint": factories.checkpoint(run).pk,
        "change": change.pk,
        "thread": thread.pk,
        "draft": draft.pk,
        "check": factories.check_run(patch_set, state="completed", conclusion="success").pk,
        "agent": task.agent_id or 0,
        "invitation": invitation.pk,
        "grant": board.grant(by=ada, kind="toolchain", value="python", project=project).pk,
        "token": _token.pk,
        # For verbs that need a thing in another state.
        "free": factories.task(project, agent=task.agent, state="ready").pk,
        "deleted": factories.task(project, state="deleted", deleted_from="ready").pk,
        "scope": "task",  # of a budget; the one word among the ids
        "ended": factories.run(factories.task(project, agent=task.agent, state="started"), state=FAILED).pk,
        "abandoned": stage.branch("given-up", {"notes/a.txt": "b\n"}).pk,
        "merged": _merged(stage).pk,
    }
    Change.objects.filter(pk=ids["abandoned"]).update(state="abandoned")
    return Scene(project, change, stage, ids)


def _merged(stage: Stage) -> Change:
    change = stage.branch("landed", {"notes/b.txt": "new\n"})
    stage.approve(change)
    stage.tick()
    stage.judge()
    stage.tick()
    change.refresh_from_db()
    return change


def clear() -> None:
    """Empty every table, as a test with transactions does at its end."""
    call_command("flush", interactive=False, verbosity=0)
