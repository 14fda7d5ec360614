"""The four agents of the demo, as scripts that real processes play, and what they are given to do."""

from dataclasses import dataclass, field

# Alder is quick: small correct changes, and an answer to every thread.
ALDER = """
[[for]]
title = "Format negative amounts"
[[for.step]]
say = "I look at how a statement line is printed."
[[for.step]]
plan = ["read ledger/export.py", "print a minus sign in front", "run the tests"]
[[for.step]]
run = "sed -i 's|return f\\"{label:<20}{amount.minor / 100:>12.2f} {amount.currency}\\"|sign = \\"-\\" if amount.minor < 0 else \\" \\"\\\\n    return f\\"{label:<20}{sign}{abs(amount.minor) / 100:>11.2f} {amount.currency}\\"|' ledger/export.py && git diff --stat"
[[for.step]]
run = "python3 -m unittest 2>&1 | tail -3"
[[for.step]]
commit = "Print a minus sign in front of negative amounts"
[[for.step]]
claim = "All tests pass."
[[for.feedback.step]]
run = "printf '\\n\\ndef total(rows: list[tuple[str, Money]]) -> Money:\\n    return Money(sum(amount.minor for _, amount in rows))\\n' >> ledger/export.py"
[[for.feedback.step]]
commit = "Add a total for statements"
[[for.feedback.step]]
reply = { thread = "all", text = "Done in this patch set: `total` adds up the rows." }

[[for]]
title = "Explain the ledger"
[[for.step]]
write = { path = "docs/ledger.md", content = "# The ledger\\n\\nEvery posting has two sides; the sum of all postings is zero.\\n" }
[[for.step]]
commit = "Explain the ledger"

[[for]]
title = "List the accounts"
[[for.step]]
write = { path = "ledger/accounts.py", content = "\\"\\"\\"Accounts by name.\\"\\"\\"\\n\\nNAMES = (\\"cash\\", \\"rent\\", \\"tax\\")\\n" }
[[for.step]]
commit = "List the accounts"
"""

# Elm asks before it guesses.
ELM = """
[[for]]
title = "Cache exchange rates"
[[for.step]]
say = "Before I write a cache I need to know which clock decides."
[[for.step]]
ask = { text = "Which clock decides that a cached rate has expired?", options = ["The provider's timestamp", "Our receive time", "The older of the two"] }
[[for.step]]
write = { path = "ledger/rates.py", content = "\\"\\"\\"Exchange rates expire by: {answer}.\\"\\"\\"\\n\\nSECONDS = 3600\\n" }
[[for.step]]
commit = "Cache exchange rates with an explicit expiry"

[[for]]
title = "Import bank statements"
[[for.step]]
say = "I read the format first; this takes a while."
[[for.step]]
plan = [["read the format", "completed"], ["parse rows", "in_progress"], ["tests"]]
[[for.step]]
write = { path = "ledger/bank.py", content = "\\"\\"\\"Bank statements.\\"\\"\\"\\n\\nFIELDS = (\\"date\\", \\"label\\", \\"amount\\")\\n" }
[[for.step]]
sleep = 86400
"""

# Cedar and Hazel both rewrite Money.scale, each in its own way.
CEDAR = """
[[for]]
title = "Round half to even"
[[for.step]]
run = "sed -i 's/return Money(round(self.minor \\\\* factor), self.currency)/exact = Decimal(self.minor) * Decimal(str(factor))\\\\n        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)), self.currency)/; s/^from dataclasses import dataclass/from dataclasses import dataclass\\\\nfrom decimal import ROUND_HALF_EVEN, Decimal/' ledger/money.py"
[[for.step]]
commit = "Round half to even in scale"
[[for.step]]
claim = "Rounding is exact now."
[[for.feedback.step]]
reply = { thread = "all", text = "The tests cover it: see test_ledger." }
[[for.feedback.step]]
run = "printf '\\n\\nclass Rounding(unittest.TestCase):\\n    def test_half_goes_to_even(self):\\n        self.assertEqual(Money(5).scale(0.5), Money(2))\\n' >> tests/test_ledger.py"
[[for.feedback.step]]
commit = "Test that half goes to even"

[[for]]
title = "Refuse fractions of a cent"
[[for.step]]
run = "sed -i 's/return Money(round(self.minor \\\\* factor), self.currency)/scaled = self.minor * factor\\\\n        if scaled != int(scaled):\\\\n            raise ValueError(\\"not a whole number of cents\\")\\\\n        return Money(int(scaled), self.currency)/' ledger/money.py"
[[for.step]]
commit = "Refuse fractions of a cent"
"""

# Juniper says that all is well, and it is not.
JUNIPER = """
[[for]]
title = "Simplify allocate"
[[for.step]]
say = "allocate can be one line."
[[for.step]]
run = "python3 - <<'END'\\nimport re\\nfrom pathlib import Path\\nfile = Path('ledger/posting.py')\\ntext = file.read_text()\\nfile.write_text(re.sub(r'    for index in range.*?\\\\+= 1\\\\n', '', text, flags=re.S))\\nEND"
[[for.step]]
commit = "Simplify allocate"
[[for.step]]
claim = "All 5 tests pass."

[[for]]
title = "Speed up balance"
[[for.step]]
say = "I looked around and found nothing to do."
"""


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
    extra: dict[str, str] = field(default_factory=dict)


AGENTS = {"Alder": ALDER, "Elm": ELM, "Cedar": CEDAR, "Juniper": JUNIPER}

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
