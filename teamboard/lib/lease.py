"""Fenced leases on rows: at most one (row, fence) may write at any instant (I-2).

A leased model mixes in `Leased`. Every write under a lease filters on `held_by(row, fence)`;
zero rows changed means somebody else owns it now: stop and kill what you started.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone


class LeaseLost(Exception):
    """Another worker owns the row, or it is finished."""


class Leased(models.Model):
    fence = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Leased)


def until(seconds: float | None = None) -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS if seconds is None else seconds)


def claim(rows: "QuerySet[Row]", pk: int, *, owner: str, ready: str, running: str, **fields: Any) -> int | None:
    """Take the row if it is `ready`, or `running` with an expired lease, and has attempts left.

    Returns the new fence, or None when somebody else was first. (safety.md 1.1; the pattern of Oban and DBOS.)
    """
    now = timezone.now()
    free = Q(state=ready) | Q(state=running, lease_until__lt=now)
    changed = rows.filter(free, pk=pk, attempt__lt=F("max_attempts")).update(
        state=running, fence=F("fence") + 1, owner=owner, lease_until=until(), attempt=F("attempt") + 1, **fields
    )
    if not changed:
        return None
    row = rows.filter(pk=pk, owner=owner).values_list("fence", flat=True).first()
    return row


def held_by(rows: "QuerySet[Row]", pk: int, fence: int, *, running: str) -> "QuerySet[Row]":
    return rows.filter(pk=pk, fence=fence, state=running)


def renew(rows: "QuerySet[Row]", pk: int, fence: int, *, running: str) -> bool:
    return held_by(rows, pk, fence, running=running).update(lease_until=until()) == 1


def finish(held: "QuerySet[Row]", to: str, **fields: Any) -> bool:
    """Leave the running state and the lease at once; False when `held_by` matches no row any more."""
    return held.update(state=to, lease_until=None, **fields) == 1


def release(rows: "QuerySet[Row]", *, owner: str, running: str) -> int:
    """Expire at once every lease of an owner that is known to be dead."""
    return rows.filter(owner=owner, state=running).update(lease_until=timezone.now() - timedelta(seconds=1))
