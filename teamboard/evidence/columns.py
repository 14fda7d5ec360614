"""Where a card stands, computed from what is there: its run, its change, its queue entry."""

from dataclasses import dataclass, field

from teamboard.board import states as task_states
from teamboard.gate.models import QueueEntry
from teamboard.reviews.models import Change, PatchSet
from teamboard.runs.models import Run

BACKLOG, READY, IN_PROGRESS, IN_REVIEW, MERGING, DONE, ABANDONED, DELETED = (
    "backlog",
    "ready",
    "in-progress",
    "in-review",
    "merging",
    "done",
    "abandoned",
    "deleted",
)
COLUMNS = (BACKLOG, READY, IN_PROGRESS, IN_REVIEW, MERGING, DONE)
STORED = {
    task_states.BACKLOG: BACKLOG,
    task_states.READY: READY,
    task_states.DONE: DONE,
    task_states.ABANDONED: ABANDONED,
    task_states.DELETED: DELETED,
}


@dataclass(frozen=True, slots=True)
class CardEvidence:
    """The rows that speak about one card. `open_threads`, `votes`, `checks` are of the newest patch set."""

    state: str
    run: Run | None = None
    change: Change | None = None
    patch_set: PatchSet | None = None
    entry: QueueEntry | None = None
    open_threads: int = 0
    questions: int = 0
    votes: tuple[int, ...] = ()
    checks: tuple[tuple[str, str, str], ...] = field(default=())
    blocked_by: tuple[int, ...] = ()


def column(card: CardEvidence) -> str:
    """A stored state but `started` is the column; a started card is where its work is."""
    if card.state != task_states.STARTED:
        return STORED[card.state]
    if card.entry is not None:
        return MERGING
    if card.change is None or card.change.state != "open" or _at_work(card.run):
        return IN_PROGRESS
    return IN_REVIEW


def _at_work(run: Run | None) -> bool:
    """A round under way, or one that waits for an answer: the reviewer has nothing new to look at yet."""
    return run is not None and (
        run.state in ("queued", "running") or (run.state == "waiting" and run.waiting_for != "review")
    )
