"""Reads over projects, their people, agents, settings and cards, shaped for who reads."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from teamboard.accounts.models import RANK, User
from teamboard.board import graph, projectfile
from teamboard.board.models import (
    Agent,
    Calibration,
    Grant,
    Invitation,
    Membership,
    Project,
    SettingsVersion,
    Task,
)
from teamboard.board.rights import may, role_in
from teamboard.board.states import DELETED, DONE
from teamboard.lib.prepared import Prepared, Row, as_text, moment

__all__ = ["may", "role_in"]

# People and projects


def projects_of(user: User) -> list[Project]:
    """Those the person has any role in, by name."""
    rows = Project.objects.order_by("name", "pk")
    if not user.is_active:
        return []
    return list(rows if user.instance_role else rows.filter(memberships__user_id=user.pk))


@dataclass(frozen=True, slots=True)
class Member:
    """`everywhere`: the role comes from the whole board and holds in every project."""

    user: User
    role: str
    everywhere: bool
    since: datetime


def members(project: Project) -> list[Member]:
    """Everybody with a role here, the highest first."""
    found: dict[int, Member] = {}
    for row in Membership.objects.filter(project=project, user__is_active=True).select_related("user"):
        found[row.user_id] = Member(row.user, row.role, everywhere=False, since=row.joined_at)
    for user in User.objects.filter(is_active=True).exclude(instance_role=""):
        if user.pk not in found or RANK[user.instance_role] >= RANK[found[user.pk].role]:
            found[user.pk] = Member(user, user.instance_role, everywhere=True, since=user.date_joined)
    return sorted(found.values(), key=lambda member: (-RANK[member.role], member.user.label.lower()))


def open_invitations(project: Project) -> list[Invitation]:
    live = project.invitations.filter(used_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    return list(live.select_related("created_by").order_by("-id"))


def agents_of(project: Project) -> list[Agent]:
    return list(project.agents.order_by("name"))


def grants_for(project: Project) -> list[Grant]:
    """The project's own and those for all projects."""
    rows = Grant.objects.filter(Q(project=project) | Q(project=None)).select_related("granted_by")
    return list(rows.order_by("kind", "value"))


# Settings


def newest_file_row(project: Project) -> SettingsVersion | None:
    """The project file as last seen on the target: good, unreadable (`problem`) or gone (neither digest nor that)."""
    return project.settings_versions.filter(source=SettingsVersion.FILE).first()


def file_on_target(project: Project) -> bool:
    row = newest_file_row(project)
    return row is not None and bool(row.digest or row.problem)


def settings_problem(project: Project) -> str:
    """Why the project file on the target cannot be read; "" if it can, or is not there."""
    row = newest_file_row(project)
    return row.problem if row else ""


def settings_in_force(project: Project) -> SettingsVersion | None:
    """The last good project file while there is one on the target, else what an Architect accepted last, else None."""
    for row in project.settings_versions.filter(source=SettingsVersion.FILE):
        if row.digest:
            return row
        if not row.problem:
            break
    return project.settings_versions.filter(source=SettingsVersion.BOARD).first()


def latest_proposal(project: Project) -> SettingsVersion | None:
    return project.settings_versions.filter(source=SettingsVersion.PROPOSAL).first()


def settings_body(project: Project) -> dict[str, Any]:
    """What is in force, complete with defaults; without any checks when nothing is."""
    row = settings_in_force(project)
    return row.body if row else projectfile.validate({})


def body_to_calibrate(project: Project) -> dict[str, Any]:
    """What is in force, else what the board proposes."""
    row = settings_in_force(project) or latest_proposal(project)
    return row.body if row else projectfile.validate({})


def definition_digest(project: Project) -> str:
    """Names the whole definition that an approval binds (D9)."""
    row = settings_in_force(project)
    return row.digest if row else projectfile.digest(projectfile.validate({}))


def calibrations(project: Project) -> list[Calibration]:
    return list(project.calibrations.order_by("check_name"))


def required_checks(project: Project) -> dict[str, dict[str, Any]]:
    """Name -> definition. Red or impossible on the untouched target means shown but not required (D11, D12)."""
    body = settings_body(project)
    excused = _excused(project, body)
    return {name: check for name, check in body["checks"].items() if _required(check) and name not in excused}


def uncounted_checks(project: Project) -> set[str]:
    """Shown but never counted against a change: optional by definition, or excused by the untouched target."""
    body = settings_body(project)
    return {name for name, check in body["checks"].items() if not _required(check)} | _excused(project, body)


def _required(check: dict[str, Any]) -> bool:
    return bool(check.get("required", True))


def _excused(project: Project, body: dict[str, Any]) -> set[str]:
    """Only a trial of the very definition in force excuses."""
    rows = project.calibrations.filter(result__in=[Calibration.RED, Calibration.IMPOSSIBLE])
    pairs = rows.values_list("check_name", "definition_digest")
    return {name for name, of in pairs if name in body["checks"] and of == projectfile.check_digest(body, name)}


# Cards


class TaskRow(NamedTuple):
    """What a card shows of its own; the column of a card at work is computed from evidence.

    A tuple, and as the database gave it, because a board makes a thousand of them for one page and looks closer only
    at those that are new.
    """

    id: int
    number: int
    title: str
    state: str
    position: float
    priority: int
    labels_text: str
    agent_id: int | None
    agent: str | None
    created: str
    key: str
    waits: tuple[tuple[int, bool], ...]

    @property
    def ref(self) -> str:
        return f"{self.key}-{self.number}"

    @property
    def labels(self) -> tuple[str, ...]:
        return _labels(self.labels_text)

    @property
    def agent_name(self) -> str:
        return self.agent or ""

    @property
    def created_at(self) -> datetime:
        return moment(self.created)

    @property
    def waits_for(self) -> tuple[int, ...]:
        return tuple(other for other, _ in self.waits)

    @property
    def blocked_by(self) -> tuple[int, ...]:
        return tuple(other for other, holds in self.waits if holds)


def _cards(project: int) -> "QuerySet[Task, Any]":
    own = ("id", "number", "title", "state", "position", "priority")
    rows = Task.objects.filter(project=project).order_by("position", "number")
    return rows.values_list(*own, as_text("labels"), "agent_id", "agent__name", as_text("created_at"))


def _links(project: int) -> "QuerySet[Any, Any]":
    links = graph.Waits.objects.filter(from_task__project=project).order_by("to_task_id")
    return links.values_list("from_task_id", "to_task_id", "to_task__state")


ALL = Q()
CARDS, LINKS = Prepared(_cards), Prepared(_links)


def board_rows(project: Project) -> list[TaskRow]:
    """Every card of the board, in order, in two queries."""
    return _rows(project, CARDS.rows(project.pk), LINKS.rows(project.pk))


def task_rows(project: Project, tasks: Collection[int]) -> list[TaskRow]:
    """Some cards of the board, in order, in two queries too."""
    return _some(project, Q(pk__in=tasks), Q(from_task__in=tasks))


def deleted_tasks(project: Project) -> list[Task]:
    return list(Task.objects.filter(project=project, state=DELETED).select_related("project").order_by("-changed_at"))


def task_row(task: Task) -> TaskRow:
    return task_rows(task.project, [task.pk])[0]


def tasks_page(
    project: Project,
    *,
    state: str = "",
    agent: int | None = None,
    label: str = "",
    text: str = "",
    waiting: bool | None = None,
) -> list[TaskRow]:
    """Cards that fit all filters, deleted ones by that state only; `text` is searched in title, body and number."""
    only = Q(state=state) if state else ~Q(state=DELETED)
    if agent is not None:
        only &= Q(agent_id=agent)
    if text.strip():
        only &= _about(project, text.strip())
    return [row for row in _some(project, only) if _fits(row, label, waiting)]


def _about(project: Project, text: str) -> Q:
    words = Q(title__icontains=text) | Q(body__icontains=text)
    number = text.upper().removeprefix(f"{project.key}-")
    return words | Q(number=int(number)) if number.isdecimal() and len(number) < 9 else words


def _fits(row: TaskRow, label: str, waiting: bool | None) -> bool:
    return (not label or label in row.labels) and (waiting is None or waiting == bool(row.blocked_by))


def _some(project: Project, cards: Q, links: Q = ALL) -> list[TaskRow]:
    return _rows(project, CARDS.some(project.pk, cards), LINKS.some(project.pk, links))


def _rows(project: Project, values: list[Row], links: list[Row]) -> list[TaskRow]:
    """Each link says whether the card that it leads to is still to be done."""
    waits: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for task, other, state in links:
        waits[task].append((other, state != DONE))
    key = project.key
    return [TaskRow._make((*value, key, tuple(waits.get(value[0], ())))) for value in values]


@lru_cache(maxsize=1000)
def _labels(text: str) -> tuple[str, ...]:
    """Many cards carry the same labels; reading JSON for each of them costs more than the rest of its row."""
    return tuple(json.loads(text))


def blockers(task: Task) -> list[Task]:
    """What the task still waits for."""
    return list(task.waits_for.exclude(state=DONE).select_related("project").order_by("position", "number"))


# Where a run may rest for good; the words of runs/states.py, which lies above this room.
RUN_ENDED = ("succeeded", "failed", "cancelled")


def is_at_work(task: Task) -> bool:
    """A run or a change of the task is alive. Both rooms lie above: their rows are asked, not their code."""
    live_run = task.runs.exclude(state__in=RUN_ENDED).exists()
    return live_run or task.changes.filter(state="open").exists()
