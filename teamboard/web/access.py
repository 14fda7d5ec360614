"""The only way a view gets an object: fetched together with the right to it.

Strangers get 404 (what they may not see is not there), members of a lower role get 403.
"""

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from teamboard.accounts.models import ARCHITECT, OBSERVER, RANK, REVIEWER, User
from teamboard.board import queries
from teamboard.board.models import Agent, Grant, Invitation, Project, Task
from teamboard.gate.models import QueueEntry
from teamboard.reviews.models import Change, CheckRun, Comment, PatchSet, Thread
from teamboard.runs.models import Checkpoint, Question, Run, SuggestedTask

__all__ = ["ARCHITECT", "OBSERVER", "REVIEWER"]


def person(request: HttpRequest) -> User:
    """Who asks. Views stand behind `door`, so there is always somebody."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _checked(request: HttpRequest, project: Project, role: str) -> None:
    held = queries.role_in(person(request), project)
    if not held:
        raise Http404
    if RANK[held] < RANK[role]:
        raise PermissionDenied(f"Only a {role.title()} may do this here; you are {held.title()}.")


Row = TypeVar("Row", bound=Model)


def _one(rows: QuerySet[Row], pk: int) -> Row:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def get_project(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Project:
    project = _one(Project.objects.all(), pk)
    _checked(request, project, role)
    return project


def get_task(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Task:
    task = _one(Task.objects.select_related("project", "agent", "created_by"), pk)
    _checked(request, task.project, role)
    return task


def get_run(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Run:
    run = _one(Run.objects.select_related("project", "task__project", "agent", "created_by"), pk)
    _checked(request, run.project, role)
    return run


def get_checkpoint(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Checkpoint:
    kept = _one(Checkpoint.objects.select_related("run__project", "run__task__project", "run__agent"), pk)
    _checked(request, kept.run.project, role)
    return kept


def get_question(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Question:
    question = _one(Question.objects.select_related("run__project", "run__task__project", "run__agent"), pk)
    _checked(request, question.run.project, role)
    return question


def get_suggested_task(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> SuggestedTask:
    row = _one(SuggestedTask.objects.select_related("run__project", "run__task__project", "run__agent"), pk)
    _checked(request, row.run.project, role)
    return row


def get_change(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Change:
    change = _one(Change.objects.select_related("project", "task__project", "agent", "author_user"), pk)
    _checked(request, change.project, role)
    return change


def get_patch_set(request: HttpRequest, change_pk: int, number: int, *, role: str = OBSERVER) -> PatchSet:
    change = get_change(request, change_pk, role=role)
    row = change.patch_sets.filter(number=number).first()
    if row is None:
        raise Http404
    row.change = change
    return row


def get_thread(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Thread:
    """A thread that holds only a draft is there for its writer alone."""
    me = person(request)
    thread = _one(Thread.objects.select_related("change__project", "patch_set"), pk)
    _checked(request, thread.change.project, role)
    if thread.published_at is None and thread.opened_by_id != me.pk:
        raise Http404
    return thread


def get_draft(request: HttpRequest, pk: int) -> Comment:
    rows = Comment.objects.select_related("thread__change__project").filter(
        published_at=None, author_user=person(request)
    )
    draft = _one(rows, pk)
    _checked(request, draft.thread.change.project, OBSERVER)
    return draft


def get_check_run(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> CheckRun:
    check = _one(CheckRun.objects.select_related("project"), pk)
    _checked(request, check.project, role)
    return check


def get_entry(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> QueueEntry:
    entry = _one(QueueEntry.objects.select_related("project", "change", "patch_set"), pk)
    _checked(request, entry.project, role)
    return entry


def get_agent(request: HttpRequest, pk: int, *, role: str = OBSERVER) -> Agent:
    agent = _one(Agent.objects.select_related("project"), pk)
    _checked(request, agent.project, role)
    return agent


def get_invitation(request: HttpRequest, pk: int, *, role: str = ARCHITECT) -> Invitation:
    invitation = _one(Invitation.objects.select_related("project"), pk)
    _checked(request, invitation.project, role)
    return invitation


def get_grant(request: HttpRequest, pk: int, *, role: str = ARCHITECT) -> Grant:
    grant = _one(Grant.objects.select_related("project"), pk)
    if grant.project is None:
        raise Http404
    _checked(request, grant.project, role)
    return grant


def must_be_instance_architect(request: HttpRequest, deed: str = "open a repository") -> User:
    """Opening a repository shows files of this machine: only for those who run the board, as what holds for all."""
    me = person(request)
    if me.instance_role != ARCHITECT:
        raise PermissionDenied(f"Only an Architect of this board may {deed}.")
    return me
