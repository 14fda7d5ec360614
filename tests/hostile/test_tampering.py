"""What weakens the checks is said before the code is read, however it is done; and how big the corpus is."""

import pytest

from teamboard.board.proposals import propose
from teamboard.reviews import hints
from teamboard.reviews.revision import matches
from tests.hostile.content import ATTRIBUTES, DIFFS, TERMINAL
from tests.hostile.markup import MARKDOWN, XSS
from tests.hostile.names import NAMES, REFS
from tests.hostile.objects import OBJECTS
from tests.hostile.plants import PLANTED
from tests.hostile.protocol import INJECTIONS, LINES
from tests.hostile.requests import BODIES, FOREIGN
from tests.hostile.tampering import FEWER, GUARDED, TAMPERING
from tests.reviews.test_hints import file

# A repository with Python tests, and with everything that the board would propose to guard.
FOUND = [
    "tests/test_a.py",
    "pytest.ini",
    "pyproject.toml",
    "setup.cfg",
    "uv.lock",
    "package.json",
    "Makefile",
    "src/a.py",
]


def said_of(path: str, hunk: str) -> set[str]:
    changed = file(path, hunk)
    read = hints.read([changed])
    said = {hint["what"] for hint in read.get("tests", ())}
    said |= {FEWER} if read.get("assertions") else set()
    return said | ({GUARDED} if matches(path, propose(FOUND, {})["review"]["guarded"]) else set())


@pytest.mark.parametrize(("path", "hunk", "said"), TAMPERING.values(), ids=TAMPERING.keys())
def test_what_weakens_the_checks_is_said(path: str, hunk: str, said: str) -> None:
    assert said in said_of(path, hunk)


def test_honest_work_is_not_suspected() -> None:
    assert said_of("src/a.py", "-    return 1\n+    return 2") == set()
    added = "+def test_sum():\n+    assert total() == 3\n+    assert is_true(True)"
    assert said_of("src/test_b.py", added) == set()


def test_the_corpus_is_as_big_as_it_was() -> None:
    """Inputs of our own by family; rights (I) are generated from the routes, files (S) are made in test_agents.py."""
    families = {
        "R": (REFS, 30), "P": (NAMES, 40), "G": (OBJECTS, 30), "C": (ATTRIBUTES, 20), "D": (DIFFS, 40),
        "A": (TERMINAL, 20), "X": (XSS, 50), "M": (MARKDOWN, 20), "J": (BODIES, 20), "W": (FOREIGN, 25),
        "B": (LINES, 25), "Y": (INJECTIONS, 20), "T": (TAMPERING, 15),
    }  # fmt: skip
    small = {family: len(inputs) for family, (inputs, least) in families.items() if len(inputs) < least}
    assert small == {}
    assert PLANTED > 60
