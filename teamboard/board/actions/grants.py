"""What sandboxes on this machine may read (D14)."""

import os
from pathlib import Path

from django.conf import settings
from django.db import transaction

from agents import forbidden
from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import errors
from teamboard.board.models import Grant, Project
from teamboard.board.rights import require, require_instance
from teamboard.events import bus
from teamboard.events.catalogue import GrantChanged

DEED = "grant what sandboxes may read"
NETWORKS = ("open",)


@transaction.atomic
def grant(*, by: User, kind: str, value: str, project: Project | None = None) -> Grant:
    """For one project, or with None for all. Granting twice gives the same row."""
    _require(by, project)
    value = _checked(kind, value.strip())
    row, new = Grant.objects.get_or_create(project=project, kind=kind, value=value, defaults={"granted_by": by})
    if new:
        bus.publish(GrantChanged(project=project.pk if project else 0, grant=row.pk), actor=by.actor)
    return row


@transaction.atomic
def revoke_grant(row: Grant, *, by: User) -> None:
    _require(by, row.project)
    pk, project = row.pk, row.project_id or 0
    if Grant.objects.filter(pk=pk).delete()[0]:
        bus.publish(GrantChanged(project=project, grant=pk), actor=by.actor)


def _require(by: User, project: Project | None) -> None:
    if project is None:
        require_instance(by, ARCHITECT, DEED)
    else:
        require(by, project, ARCHITECT, DEED)


def _checked(kind: str, value: str) -> str:
    if kind == Grant.PATH:
        return _checked_path(value)
    if kind == Grant.TOOLCHAIN:
        if not value or not all(letter.isalnum() or letter in "-_.+" for letter in value):
            raise errors.invalid(f"“{value}” is not a tool chain.", "Name a program, like python.", field="value")
        return value
    if kind == Grant.NETWORK:
        if value not in NETWORKS:
            raise errors.invalid(f"“{value}” is not a network grant.", "Use: open.", field="value")
        return value
    raise errors.invalid(f"There is no grant of the kind “{kind}”.", "Use path, toolchain or network.", field="kind")


def _checked_path(value: str) -> str:
    path = os.path.expanduser(value)
    if not os.path.isabs(path) or "\0" in path:
        raise errors.invalid(f"“{value}” is not a full path.", "Begin with / or ~.", field="value")
    real = Path(os.path.realpath(path))
    if not real.exists():
        raise errors.invalid(f"{real} does not exist on this machine.", "Check the spelling.", field="value")
    reason = forbidden(real, private=[settings.DATA_DIR])
    if reason:
        raise errors.forbidden_grant(reason, str(real))
    return str(real)
