"""Slows down whoever guesses secrets: wrong ones are counted per address and in all, by the minute."""

import time

from django.db import transaction
from django.db.models import F

from teamboard.accounts.models import FailedTry
from teamboard.lib.refusal import Refused

PER_ADDRESS, IN_ALL = 10, 60
EVERYBODY = "*"


def _minute() -> int:
    return int(time.time() // 60)


def check(address: str) -> None:
    """Refuse while this address, or all together, sent too many wrong secrets in this minute.

    Right ones are never counted. Two requests at once may both pass at the brink; that is near enough.
    """
    rows = FailedTry.objects.filter(minute=_minute(), source__in=[address, EVERYBODY])
    counts = dict(rows.values_list("source", "count"))
    if counts.get(address, 0) >= PER_ADDRESS or counts.get(EVERYBODY, 0) >= IN_ALL:
        raise Refused(
            "rate_limited", "Too many wrong links were tried.", remedy="Wait a minute, then try again.", status=429
        )


def count_failure(address: str) -> None:
    minute = _minute()
    with transaction.atomic():
        FailedTry.objects.filter(minute__lt=minute).delete()
        for source in {address, EVERYBODY}:
            FailedTry.objects.get_or_create(source=source, minute=minute)
            FailedTry.objects.filter(source=source, minute=minute).update(count=F("count") + 1)
