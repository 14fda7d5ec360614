"""The demo's repository: a small ledger with a real test suite, made by real commits."""

import os
import subprocess
from pathlib import Path

MONEY = '''"""Money is an integer number of minor units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Money:
    minor: int
    currency: str = "EUR"

    def plus(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError("currencies differ")
        return Money(self.minor + other.minor, self.currency)

    def scale(self, factor: float) -> "Money":
        return Money(round(self.minor * factor), self.currency)
'''

POSTING = '''"""Postings move money between accounts."""

from ledger.money import Money


def allocate(total: Money, weights: list[int]) -> list[Money]:
    """Split a total so that the parts add up to it exactly."""
    whole = sum(weights)
    parts = [total.minor * weight // whole for weight in weights]
    for index in range(total.minor - sum(parts)):
        parts[index] += 1
    return [Money(part, total.currency) for part in parts]


def balance(postings: list[Money]) -> Money:
    """The sum of all postings."""
    result = Money(0)
    for posting in postings:
        result = result.plus(posting)
    return result
'''

EXPORT = '''"""Statements as text."""

from ledger.money import Money


def line(label: str, amount: Money) -> str:
    return f"{label:<20}{amount.minor / 100:>12.2f} {amount.currency}"


def statement(rows: list[tuple[str, Money]]) -> str:
    return "\\n".join(line(label, amount) for label, amount in rows)
'''

TESTS = """import unittest

from ledger.export import statement
from ledger.money import Money
from ledger.posting import allocate, balance


class Amounts(unittest.TestCase):
    def test_plus_adds_minor_units(self):
        self.assertEqual(Money(1).plus(Money(2)), Money(3))

    def test_currencies_do_not_mix(self):
        with self.assertRaises(ValueError):
            Money(1).plus(Money(1, "USD"))


class Postings(unittest.TestCase):
    def test_allocate_keeps_every_cent(self):
        self.assertEqual(balance(allocate(Money(100), [1, 1, 1])), Money(100))

    def test_allocate_gives_the_rest_to_the_first(self):
        self.assertEqual(allocate(Money(100), [1, 1, 1])[0], Money(34))


class Exports(unittest.TestCase):
    def test_a_statement_has_a_line_for_each_row(self):
        self.assertEqual(len(statement([("rent", Money(100)), ("tax", Money(20))]).splitlines()), 2)
"""

FILES = {
    "README.md": "# Ledgerline\n\nA ledger that never loses a cent.\n",
    ".gitignore": "__pycache__/\n*.pyc\n.env\n",
    "ledger/__init__.py": "",
    "ledger/money.py": MONEY,
    "ledger/posting.py": POSTING,
    "ledger/export.py": EXPORT,
    "tests/__init__.py": "",
    "tests/test_ledger.py": TESTS,
}

CHECK = ["python3", "-m", "unittest", "-v"]


def git(folder: Path, *words: str, author: str = "Ada Lindgren") -> None:
    who = {"GIT_AUTHOR_NAME": author, "GIT_COMMITTER_NAME": author}
    mail = f"{author.split()[0].lower()}@example.org"
    env = dict(os.environ) | who | {"GIT_AUTHOR_EMAIL": mail, "GIT_COMMITTER_EMAIL": mail}
    subprocess.run(["git", "-C", str(folder), *words], check=True, env=env, capture_output=True)


def commit(folder: Path, files: dict[str, str], message: str, author: str = "Ada Lindgren") -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message, author=author)


def make(folder: Path) -> Path:
    """The repository with two branches that people left behind."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, FILES, "Begin the ledger")
    git(folder, "checkout", "-q", "-b", "feature/half-even")
    rounded = MONEY.replace("round(self.minor * factor)", "int(self.minor * factor + 0.5)")
    commit(folder, {"ledger/money.py": rounded}, "Round half up in scale", "Rui Tavares")
    git(folder, "checkout", "-q", "main")
    git(folder, "checkout", "-q", "-b", "docs/glossary")
    glossary = "# Glossary\n\nposting: a movement of money between two accounts\n"
    commit(folder, {"docs/glossary.md": glossary}, "Write a glossary", "Rui Tavares")
    git(folder, "checkout", "-q", "main")
    return folder
