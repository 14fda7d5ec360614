"""Publish a fact: logged now, in the caller's transaction; told to the subscribers after the commit."""

import hashlib
import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from teamboard.events.catalogue import Fact
from teamboard.events.models import Event, EventHead

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Logged:
    """A committed fact with its place in the project's log."""

    project: int
    seq: int
    fact: Fact


Subscriber = Callable[[Logged], None]
_subscribers: list[Subscriber] = []
# Called inside the transaction of whatever is done now, so that "it was done" is committed with it or not at all.
WITNESS: ContextVar[Callable[[], None] | None] = ContextVar("witness", default=None)


def subscribe(subscriber: Subscriber) -> None:
    """Called by the wiring alone; a subscriber must not block and must not raise."""
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def unsubscribe(subscriber: Subscriber) -> None:
    if subscriber in _subscribers:
        _subscribers.remove(subscriber)


def digest(previous: str, project: int, seq: int, kind: str, actor: str, at: datetime, data: dict[str, Any]) -> str:
    """h_n = SHA-256(h_{n-1} || canonical JSON of event n)."""
    body = json.dumps([project, seq, kind, actor, at.isoformat(), data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((previous + body).encode()).hexdigest()


def publish(fact: Fact, *, actor: str = "board") -> int:
    """Append to the project's log; returns the sequence number. Must run inside the action's transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("publish() belongs inside the transaction of the change it tells of")
    witness = WITNESS.get()
    if witness is not None:
        witness()
    EventHead.objects.get_or_create(project_id=fact.project)
    head = EventHead.objects.select_for_update().get(project_id=fact.project)
    seq, at, data = head.seq + 1, timezone.now(), fact.data()
    value = digest(head.hash, fact.project, seq, fact.kind(), actor, at, data)
    Event.objects.create(
        project_id=fact.project,
        seq=seq,
        kind=fact.kind(),
        actor=actor,
        at=at,
        data=data,
        previous=head.hash,
        hash=value,
    )
    EventHead.objects.filter(project_id=fact.project).update(seq=seq, hash=value)
    transaction.on_commit(lambda: _tell(Logged(fact.project, seq, fact)))
    return seq


def _tell(logged: Logged) -> None:
    for subscriber in tuple(_subscribers):
        try:
            subscriber(logged)
        except Exception:
            # The commit stands; the sweeper repeats what a subscriber missed.
            log.exception("subscriber failed on %s", logged)
