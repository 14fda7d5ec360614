"""What the demo's agents are given to do. Their scripts stand in agents/, one file each."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Card:
    """One task of the demo. `then` says how far it goes; `waits` are titles."""

    title: str
    agent: str = ""
    then: str = "backlog"
    body: str = ""
    acceptance: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    priority: int = 0


AGENTS = {
    file.stem.capitalize(): file.read_text() for file in sorted(Path(__file__).with_name("agents").glob("*.toml"))
}

CARDS = (
    Card("Explain the ledger", "Alder", "merge", labels=("docs",)),
    Card(
        "Format negative amounts",
        "Alder",
        "talk",
        "A refund prints as `-0.50`, aligned like the rest.",
        ("A negative amount has a minus sign in front", "Columns stay aligned"),
        ("ledger/export.py",),
        ("export",),
        priority=2,
    ),
    Card(
        "Cache exchange rates with an explicit expiry",
        "Elm",
        "start",
        "Rates are fetched for every posting today.",
        ("A rate older than its expiry is never used",),
        ("ledger/**",),
    ),
    Card(
        "Round half to even in every posting",
        "Cedar",
        "review",
        acceptance=("Half a cent goes to the even side",),
        scope=("ledger/money.py", "tests/**"),
    ),
    Card("Refuse fractions of a cent", "Cedar", "review", scope=("ledger/money.py",)),
    Card("Simplify allocate", "Juniper", "review", "It is longer than it needs to be.", ("Same results",)),
    Card("Speed up balance", "Juniper", "start"),
    Card("Import bank statements", "Elm", "start", labels=("import",)),
    Card("List the accounts", "Alder", "held", labels=("import",)),
    Card("Match statements to postings", "", "ready", waits=("Import bank statements",), labels=("import",)),
    Card("Retry webhooks with jittered backoff", "", "ready"),
    Card("Replace floats at the API edge", "", "backlog", priority=1),
    Card("Rate-limit headers on the public API", "", "backlog"),
    Card("Split reports into a package of their own", "", "abandoned"),
)
