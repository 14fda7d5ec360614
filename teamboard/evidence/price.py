"""What an ask costs and what hangs on it, as far as that is known: who waits behind it, and whether it is risky."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from teamboard.board.models import Task
from teamboard.board.states import ABANDONED, DONE
from teamboard.evidence.asks import REVIEW, Ask
from teamboard.reviews.models import PatchSet

HIGH = "high"


@dataclass(frozen=True, slots=True)
class Price:
    """`unblocks`: tasks that wait for this one. `risk` is HIGH for a reason that git gave, else not known.

    Minutes are not measured by anybody yet, so there are none.
    """

    unblocks: list[int] = field(default_factory=list)
    risk: str | None = None
    minutes: int | None = None


def prices(found: Sequence[Ask]) -> dict[str, Price]:
    """Ask id -> its price, in two queries."""
    waiting = _waiting({ask.task for ask in found if ask.task})
    risky = _risky({ask.change for ask in found if ask.kind == REVIEW and ask.change})
    return {ask.id: Price(waiting[ask.task], HIGH if ask.change in risky else None) for ask in found}


def _waiting(tasks: set[int]) -> defaultdict[int | None, list[int]]:
    behind: defaultdict[int | None, list[int]] = defaultdict(list)
    still = Task.objects.filter(waits_for__in=tasks).exclude(state__in=(DONE, ABANDONED))
    for pk, first in still.order_by("pk").values_list("pk", "waits_for"):
        if first in tasks:
            behind[first].append(pk)
    return behind


def _risky(changes: set[int]) -> set[int]:
    """Changes whose newest patch set touches guarded files or makes fewer tests run."""
    newest = PatchSet.objects.filter(change__in=changes).order_by("change", "number")
    last = {change: (guarded, hints) for change, guarded, hints in newest.values_list("change", "guarded", "hints")}
    return {change for change, (guarded, hints) in last.items() if guarded or hints.get("tests")}
