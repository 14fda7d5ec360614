"""The same request sent twice is done once: claims on an Idempotency-Key, and the answers kept for a day.

A claim is fenced like a lease. That something was done is written in the very transaction that does it
(`bus.WITNESS`), so after a crash it is known: a request that did nothing may be taken up again, one that did
something and lost its answer is never done twice.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from teamboard.accounts.models import Repeat, User
from teamboard.accounts.secret import opened, sealed
from teamboard.events import bus
from teamboard.lib.owner import is_dead, own_name
from teamboard.lib.refusal import Refused

KEPT = timedelta(hours=24)
PATIENCE = timedelta(seconds=60)  # a request that does nothing for so long is not at work any more


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to act once under a key."""

    row: int
    fence: int
    key: str

    @contextmanager
    def acting(self) -> Iterator[None]:
        """While the request is done; one that raises leaves no answer."""
        watched = bus.WITNESS.set(self.witness)
        try:
            yield
        except BaseException:
            self.drop()
            raise
        finally:
            bus.WITNESS.reset(watched)

    def witness(self) -> None:
        """Something is being done. Refused, and undone with it, when the key was taken by another request since."""
        if not self._held().update(acted=True):
            raise _still_running()

    def finish(self, status: int, answer: str) -> None:
        self._held().update(status=status, answer=sealed(answer, self.key))

    def drop(self) -> None:
        """No answer worth keeping: the key is free again, unless something was done."""
        self._held().filter(acted=False).delete()

    def _held(self) -> "QuerySet[Repeat]":
        return Repeat.objects.filter(pk=self.row, fence=self.fence, status=None)


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer."""

    status: int
    answer: str


def claim(user: User, *, path: str, key: str, body: bytes) -> Claim | Kept:
    """The right to act, or what was answered; Refused while that is not known, or for another body."""
    name = hashlib.sha256(f"{path}\0{key}".encode()).hexdigest()
    sent = hashlib.sha256(body).hexdigest()
    given = {"body": sent, "owner": own_name(), "claimed_at": timezone.now()}
    row, new = Repeat.objects.get_or_create(user=user, name=name, defaults=given)
    if new:
        return Claim(row.pk, row.fence, key)
    if row.claimed_at < timezone.now() - KEPT:
        return _take(row, key, sent)
    if row.body != sent:
        raise Refused(
            "key_used_otherwise",
            "This Idempotency-Key came with another body before.",
            remedy="Use a new key for another request.",
            status=422,
        )
    if row.status is not None:
        return Kept(row.status, opened(row.answer, key))
    return _without_answer(row, key)


def _without_answer(row: Repeat, key: str) -> Claim:
    if row.claimed_at > timezone.now() - PATIENCE and not is_dead(row.owner):
        raise _still_running()
    if row.acted:
        raise Refused(
            "answer_lost",
            "This request was worked on, but the board stopped before it could answer.",
            remedy="Look at what is there now; if it still has to be done, send it with a new Idempotency-Key.",
            details={"retry": False},
        )
    return _take(row, key, row.body)


def _take(row: Repeat, key: str, body: str) -> Claim:
    """Of several that take up the same row one wins."""
    free = Repeat.objects.filter(pk=row.pk, fence=row.fence, claimed_at=row.claimed_at)
    anew = {"body": body, "owner": own_name(), "claimed_at": timezone.now(), "status": None, "acted": False}
    if not free.update(fence=F("fence") + 1, answer="", **anew):
        raise _still_running()
    return Claim(row.pk, row.fence + 1, key)


def _still_running() -> Refused:
    return Refused(
        "still_running",
        "The first request with this Idempotency-Key is still at work.",
        remedy="Send it again in a moment.",
        details={"retry": True},
    )


def prune() -> int:
    """Forget what is older than a day."""
    return Repeat.objects.filter(claimed_at__lt=timezone.now() - KEPT).delete()[0]
