"""How languages write tests, skips, assertions and public names, as far as one line shows it."""

import re

# What a person would read of a line; a longer one is data, and patterns would take their time over it.
LONGEST = 300

_TEST_FILE = re.compile(
    r"(^|/)(tests?|__tests__|spec)/|(^|/)(test_[^/]*|conftest)\.py$|_test\.(py|go|rb|exs)$"
    r"|\.(test|spec)\.[cm]?[jt]sx?$|Tests?\.(java|kt|cs|php|swift)$"
)
_TEST = re.compile(
    r"\s*(?:async\s+)?def\s+(test\w*)\s*\(|\s*class\s+(Test\w*)\b|func\s+((?:Test|Fuzz)\w+)\s*\("
    r"|\s*(?:public\s+)?function\s+(test\w+)\s*\("
)
_TEST_CALL = re.compile(r"\s*x?(?:it|test)(?:\.\w+)*\(\s*(['\"`])(.+?)\1")
_MARK = re.compile(
    r"\s*@(?:pytest\.mark\.|unittest\.)?(?:skip|skipif|skipIf|skipUnless|xfail|expectedFailure)\b"
    r"|\s*#\[ignore|\s*@(?:Disabled|Ignore)\b|\s*pytestmark\s*=.*\b(?:skip|xfail)"
)
_CALL = re.compile(
    r"\bpytest\.(?:skip|xfail)\(|\bself\.skipTest\(|\bt\.Skip(?:f|Now)?\(|\b(?:it|test|describe)\.(?:skip|todo)\("
    r"|\bx(?:it|describe|test)\("
)
_EXIT = re.compile(r"\b(?:sys\.exit|os\._exit|process\.exit|os\.Exit)\(\s*0?\s*\)")
_ASSERT = re.compile(r"\bassert\b|\bassert\w*[!(]|\.assert\w*\(|\bexpect\(|\bt\.(?:Error|Fatal)f?\(|\brequire\.\w+\(")
# Asserts what is so whatever the code does.
_EMPTY = re.compile(
    r"\bassert\s+(?:True|1|not False|\"\w+\"|'\w+')\s*(?:,|#|$)|\bassertTrue\(\s*True\b|\bassertFalse\(\s*False\b"
    r"|\bexpect\(\s*(true|1)\s*\)\.to(?:Be|Equal|BeTruthy)\(\s*(?:\1)?\s*\)|\bassert!\(\s*true\s*\)"
)
_PUBLIC = re.compile(
    r"(?:    )?(?:async\s+)?def\s+([A-Za-z]\w*)\s*\(|class\s+([A-Za-z]\w*)\b"
    r"|export\s+(?:default\s+)?(?:async\s+)?(?:function|class|const|let|interface|type|enum)\s+(\w+)"
    r"|func\s+(?:\([^)]*\)\s*)?([A-Z]\w*)\s*\(|\s*pub\s+(?:async\s+)?(?:fn|struct|enum|trait|const)\s+(\w+)"
    r"|\s*public\s+[\w<>\[\], ]*?\b(\w+)\s*\("
)


def is_test_file(path: str) -> bool:
    return bool(_TEST_FILE.search(path))


def begins_test(path: str, text: str) -> str:
    """The name of the test that this line begins; "" when it begins none."""
    text = text[:LONGEST]
    if found := _TEST.match(text):
        return next(name for name in found.groups() if name)
    called = _TEST_CALL.match(text) if is_test_file(path) else None
    return called[2] if called else ""


def skips(_path: str, text: str) -> str:
    """The line itself, without its indent, when it takes a test out of the run."""
    text = text[:LONGEST]
    return text.strip() if is_mark(text) or _CALL.search(text) else ""


def is_mark(text: str) -> bool:
    """It stands above the test that it is about."""
    return bool(_MARK.match(text[:LONGEST]))


def exits(_path: str, text: str) -> str:
    """The line itself when it may end the test run with success before its time."""
    text = text[:LONGEST]
    return text.strip() if _EXIT.search(text) else ""


def asserts(text: str) -> bool:
    text = text[:LONGEST]
    return bool(_ASSERT.search(text)) and not _EMPTY.search(text)


def public_name(text: str) -> str:
    """The name that others may use which this line defines."""
    found = _PUBLIC.match(text[:LONGEST])
    name = next((name for name in found.groups() if name), "") if found else ""
    return "" if name.startswith("_") else name
