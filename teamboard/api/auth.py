"""Who calls, and the only way a route gets an object: 404 for what you may not see, 403 for what you may not do."""

from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from ninja.security import HttpBearer

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import ARCHITECT, OBSERVER, RANK, REVIEWER, User
from teamboard.board.models import Agent, Project, Task
from teamboard.board.rights import LABEL, role_in
from teamboard.lib.refusal import Refused
from teamboard.reviews.models import Change, Thread
from teamboard.runs.models import Run

Found = TypeVar("Found", bound=Model)


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = accounts.user_of_token(token)
        if user is not None:
            request.user = user
        return user


def caller(request: HttpRequest) -> User:
    """The person behind the token."""
    assert isinstance(request.user, User)
    return request.user


def nothing_there(what: str) -> Refused:
    return Refused("not_found", f"There is no such {what}.", remedy="It may be gone, or not yours to see.", status=404)


def allow(request: HttpRequest, project: Project, role: str, what: str) -> None:
    """Refuse with 404 to strangers and with 403 to those whose role is too low."""
    own = role_in(caller(request), project)
    if not own:
        raise nothing_there(what)
    if RANK[own] < RANK[role]:
        raise Refused(
            "forbidden",
            f"This needs the role {LABEL[role]}; yours is {LABEL[own]}.",
            remedy="Ask an Architect of the project.",
            status=403,
        )


def _get(request: HttpRequest, rows: Any, pk: int, role: str, what: str) -> Any:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise nothing_there(what)
    allow(request, row if isinstance(row, Project) else row.project, role, what)
    return row


def get_project(request: HttpRequest, pk: int, role: str = OBSERVER) -> Project:
    found: Project = _get(request, Project.objects, pk, role, "project")
    return found


def get_agent(request: HttpRequest, pk: int, role: str = OBSERVER) -> Agent:
    found: Agent = _get(request, Agent.objects.select_related("project"), pk, role, "agent")
    return found


def get_task(request: HttpRequest, pk: int, role: str = OBSERVER) -> Task:
    found: Task = _get(request, Task.objects.select_related("project", "agent"), pk, role, "task")
    return found


def get_run(request: HttpRequest, pk: int, role: str = OBSERVER) -> Run:
    found: Run = _get(request, Run.objects.select_related("project", "task", "agent"), pk, role, "run")
    return found


def get_change(request: HttpRequest, pk: int, role: str = OBSERVER) -> Change:
    found: Change = _get(request, Change.objects.select_related("project", "task", "agent"), pk, role, "change")
    return found


def get_thread(request: HttpRequest, pk: int, role: str = OBSERVER) -> Thread:
    rows = Thread.objects.select_related("change", "change__project", "patch_set").filter(published_at__isnull=False)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise nothing_there("thread")
    allow(request, row.change.project, role, "thread")
    return row


__all__ = [
    "ARCHITECT",
    "OBSERVER",
    "REVIEWER",
    "Bearer",
    "allow",
    "caller",
    "get_change",
    "get_project",
    "get_run",
    "get_task",
    "get_thread",
]
