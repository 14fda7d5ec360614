"""Which commit wrote a line."""

from dataclasses import dataclass
from datetime import UTC, datetime

from teamboard.git.stores import Stores


@dataclass(frozen=True, slots=True)
class Written:
    """`line` is the line's number in that commit; `older` says that it was there before the range asked about."""

    sha: str
    line: int
    path: str
    author: str
    at: datetime
    summary: str
    older: bool


def written(stores: Stores, base: str, head: str, path: str, line: int) -> Written:
    """Looks at base..head alone; "" as base looks at all of history. Raises GitError where there is no such line."""
    span = f"{base}..{head}" if base else head
    argv = ("blame", "--porcelain", "--no-textconv", "-L", f"{line},{line}", span, "--", path)
    first, *rest = stores.hub.text(*argv, timeout=8).split("\n")
    sha, number, *_ = first.split(" ")
    fields = dict(row.partition(" ")[::2] for row in rest if not row.startswith("\t"))
    when = datetime.fromtimestamp(int(fields["author-time"]), UTC)
    name, summary = fields["author"], fields["summary"]
    return Written(sha, int(number), fields["filename"], name, when, summary, "boundary" in fields)
