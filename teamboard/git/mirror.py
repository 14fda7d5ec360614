"""Lines kept in the hub as a chain of commits that only grows: a second witness of what is written elsewhere."""

from datetime import datetime

from teamboard.git import commits
from teamboard.git.commits import BOARD
from teamboard.git.objects import NO_SHA
from teamboard.git.stores import Stores

REF = "refs/board/audit"
MOST = 100_000


def append(stores: Stores, line: str, when: datetime) -> bool:
    """One more line; False when it is the last one already, or somebody else was quicker."""
    head = stores.resolve(REF)
    if head is not None and stores.commit_of(head).subject == line:
        return False
    nothing = stores.hub.run("mktree").decode().strip()
    made = stores.commit(nothing, [head] if head else [], line, BOARD, BOARD, when)
    return stores.set_ref(REF, made, head or NO_SHA)


def lines(stores: Stores) -> list[str]:
    """Newest first."""
    head = stores.resolve(REF)
    return [commit.subject for commit in commits.log(stores.hub, head, count=MOST)] if head else []
