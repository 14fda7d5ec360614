"""The cast and small factories for tests of every room.

Ada is an architect of the whole board, Rui reviews, Olga observes, Eve is a stranger.
Everything has a sensible default: `task()` makes the project, Ada and the card.
"""

from itertools import count
from typing import Any

from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, OBSERVER, REVIEWER, User
from teamboard.board.actions import accept_settings
from teamboard.board.models import Agent, Membership, Project, SettingsVersion, Task
from teamboard.events.models import Event
from teamboard.gate.models import QueueEntry
from teamboard.lib.lease import until
from teamboard.reviews.models import Change, CheckRun, Comment, PatchSet, Thread
from teamboard.runs.actions import Claim, claim_step
from teamboard.runs.models import WORK, Checkpoint, Question, Run, Step, SuggestedTask

_numbers = count(1)


def sha(seed: int | str = "") -> str:
    """A well-formed object name that stands for nothing: another one at each call, or the one of a seed."""
    return f"{next(_numbers) if seed == '' else seed:>040}".replace(" ", "0")[:40]


# People


def person(username: str, *, display_name: str = "", role: str = "") -> User:
    """The person of that name, made on first use."""
    user, new = User.objects.get_or_create(
        username=username, defaults={"display_name": display_name or username.title(), "instance_role": role}
    )
    if new:
        user.set_unusable_password()
        user.save()
    return user


def ada() -> User:
    return person("ada", display_name="Ada Ferrante", role=ARCHITECT)


def rui(project: Project | None = None) -> User:
    return _in(project, person("rui", display_name="Rui Alves"), REVIEWER)


def olga(project: Project | None = None) -> User:
    return _in(project, person("olga", display_name="Olga Brandt"), OBSERVER)


def eve() -> User:
    return person("eve", display_name="Eve Stranger")


def architect_of(project: Project, user: User) -> User:
    return _in(project, user, ARCHITECT)


def _in(project: Project | None, user: User, role: str) -> User:
    if project is not None:
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    return user


# The board


def project(**fields: Any) -> Project:
    """A ready project whose stores do not exist; give `upstream=str(path)` for a real repository."""
    number = next(_numbers)
    given = {
        "name": f"Ledger lines {number}",
        "key": "LL",
        "upstream_kind": Project.LOCAL,
        "upstream": f"/nowhere/{number}",
        "target": "main",
        "head_sha": sha(),
        "status": Project.READY,
        **fields,
    }
    return Project.objects.create(created_by=ada(), **given)


def with_settings(project: Project, **body: Any) -> SettingsVersion:
    """Settings in force: one required check "tests" unless `checks` is given."""
    body.setdefault("checks", {"tests": {"command": ["python3", "-m", "unittest", "-q"]}})
    return accept_settings(project, body=body, by=ada())


SCRIPT = """
[[step]]
say = "I begin."
"""


def agent(project: Project, **fields: Any) -> Agent:
    given = {"name": f"Robin {next(_numbers)}", "kind": "scripted", "script": SCRIPT, **fields}
    return Agent.objects.create(project=project, **given)


def task(project_: Project | None = None, *, waits_for: tuple[Task, ...] = (), **fields: Any) -> Task:
    project_ = project_ or project()
    number = project_.tasks.count() + 1
    given = {"number": number, "title": f"Task {number}", "position": number * 1024.0, "created_by": ada(), **fields}
    made = Task.objects.create(project=project_, **given)
    made.waits_for.set(waits_for)
    return made


# Work and review


def run(task_: Task | None = None, **fields: Any) -> Run:
    """A queued run; its task keeps its stored state unless the test says otherwise."""
    task_ = task_ or task()
    given = {
        "number": task_.runs.count() + 1,
        "agent": fields.pop("agent", None) or task_.agent or agent(task_.project),
        "base_sha": task_.project.head_sha,
        "created_by": ada(),
        **fields,
    }
    return Run.objects.create(project=task_.project, task=task_, **given)


def step(run_: Run | None = None, **fields: Any) -> Step:
    run_ = run_ or run()
    given = {"seq": run_.steps.count() + 1, "kind": WORK, **fields}
    return Step.objects.create(run=run_, **given)


def checkpoint(run_: Run | None = None, **fields: Any) -> Checkpoint:
    run_ = run_ or run()
    given = {"number": run_.checkpoints.count() + 1, "head_sha": sha(), "reason": "work", **fields}
    return Checkpoint.objects.create(run=run_, **given)


def change(project_: Project | None = None, **fields: Any) -> Change:
    """An open change of an adopted branch by Rui; give `task=` and `agent=` for one from a run."""
    of = fields.get("task")
    project_ = project_ or (of.project if of else project())
    number = project_.changes.count() + 1
    given = {
        "number": number,
        "title": f"Round to cents {number}",
        "origin": Change.RUN if of else Change.BRANCH,
        "branch": "" if of else f"feature/{number}",
        "author_name": "Rui Alves",
        **fields,
    }
    return Change.objects.create(project=project_, **given)


def patch_set(change_: Change | None = None, **fields: Any) -> PatchSet:
    """The next patch set, with made-up object names; give `run=` and `step=` for one from a run."""
    change_ = change_ or change()
    given = {
        "number": change_.patch_sets.count() + 1,
        "base_sha": change_.project.head_sha,
        "head_sha": sha(),
        "tree_sha": sha(),
        "patch_id": sha(),
        "message": change_.title,
        "author_name": "Rui Alves",
        "author_email": "rui@example.org",
        "files": 1,
        "additions": 3,
        "deletions": 1,
        **fields,
    }
    return PatchSet.objects.create(change=change_, **given)


def thread(patch_set_: PatchSet | None = None, *, body: str = "Why so?", **fields: Any) -> Thread:
    """A published thread on a line, with one comment by Rui."""
    patch_set_ = patch_set_ or patch_set()
    now = timezone.now()
    given = {"path": "money.py", "start_line": 2, "end_line": 2, "opened_by": rui(), "published_at": now, **fields}
    made = Thread.objects.create(change=patch_set_.change, patch_set=patch_set_, **given)
    Comment.objects.create(thread=made, author_user=rui(), body=body, published_at=now)
    return made


def check_run(patch_set_: PatchSet | None = None, **fields: Any) -> CheckRun:
    """A queued run of the check "tests" on a patch set's tree."""
    patch_set_ = patch_set_ or patch_set()
    given = {
        "name": "tests",
        "tree_sha": patch_set_.tree_sha,
        "commit_sha": patch_set_.head_sha,
        "definition": {"command": ["true"], "required": True, "timeout": 600},
        "definition_digest": "d" * 64,
        **fields,
    }
    return CheckRun.objects.create(project=patch_set_.change.project, **given)


def question(step_: Step | None = None, **fields: Any) -> Question:
    step_ = step_ or step()
    given = {"key": f"q{next(_numbers)}", "text": "Round half up?", "options": ["yes", "no"], **fields}
    return Question.objects.create(run=step_.run, step=step_, **given)


def entry(patch_set_: PatchSet | None = None, **fields: Any) -> QueueEntry:
    """The patch set queued for landing."""
    patch_set_ = patch_set_ or patch_set()
    return QueueEntry.objects.create(
        project=patch_set_.change.project, change=patch_set_.change, patch_set=patch_set_, **fields
    )


# What was told


def told(project_: Project | int) -> list[tuple[str, str]]:
    """(kind, actor) of every fact of a project so far; 0 is the instance."""
    pk = project_ if isinstance(project_, int) else project_.pk
    return list(Event.objects.filter(project_id=pk).order_by("seq").values_list("kind", "actor"))


def claim(step_: Step | None = None) -> Claim:
    """A turn at work: the right to write for it, as its worker has it. Its lease lasts longer than any test."""
    step_ = step_ or step(run(state="running"))
    found = claim_step(step_.pk, "a worker")
    assert found is not None
    Step.objects.filter(pk=step_.pk).update(lease_until=until(3600))
    return found


def suggested_task(run_: Run | None = None, **fields: Any) -> SuggestedTask:
    given = {"title": f"Split the ledger {next(_numbers)}", "body": "It does two things.", **fields}
    return SuggestedTask.objects.create(run=run_ or run(), **given)
