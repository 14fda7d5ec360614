"""Which tests failed: read from a JUnit report, else from what the test runner printed. A hint for people; the exit
status alone decides (D11)."""

import os
import re
import stat
from pathlib import Path
from xml.etree import ElementTree

MOST = 200
BIGGEST = 20_000_000

# One pattern a line for each test runner that we know.
_PATTERNS = (
    re.compile(r"^(?:FAILED|ERROR) (\S+::.+?)(?: - .*)?$"),  # pytest
    re.compile(r"^ERROR (\S+\.py)(?: - .*)?$"),  # pytest, not even collected
    re.compile(r"^(?:FAIL|ERROR): (\w+ \([\w.]+\))"),  # unittest
    re.compile(r"^\s*--- FAIL: (\S+)"),  # go
    re.compile(r"^test (\S+) \.\.\. FAILED$"),  # cargo
    re.compile(r"^not ok \d+ -? ?(.+?)(?: #.*)?$"),  # TAP, node --test
    re.compile(r"^\s+\u25cf (.+ \u203a .+)$"),  # jest
)


def from_output(text: str) -> list[str]:
    """Names in the order in which they were printed, each once."""
    names = (match[1].strip() for line in text.splitlines() for match in _matches(line))
    return list(dict.fromkeys(names))[:MOST]


def _matches(line: str) -> list[re.Match[str]]:
    return [match for pattern in _PATTERNS if (match := pattern.match(line))]


class NoReport(Exception):
    """The report that was promised is missing or cannot be read (I-23)."""


def from_junit(file: Path) -> list[str]:
    """The failed test cases of a JUnit report that a check wrote; never read through a link."""
    try:
        root = ElementTree.fromstring(read_plain(file.parent, file.name))
    except (OSError, ElementTree.ParseError) as problem:
        raise NoReport(f"The report {file.name} is missing or cannot be read ({problem}).") from problem
    cases = [case for case in root.iter("testcase") if _failed(case)]
    return [_name(case) for case in cases][:MOST]


def read_plain(root: Path, name: str) -> bytes:
    """A file below `root`, where an agent may have put links anywhere: none is followed, nothing leads upwards."""
    parts = Path(name).parts
    if Path(name).is_absolute() or ".." in parts or not parts:
        raise OSError("its path must stay inside the check-out")
    place = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=place)
            os.close(place)
            place = below
        handle = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    finally:
        os.close(place)
    return _whole(handle)


def _whole(handle: int) -> bytes:
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("it is not a plain file")
        data = opened.read(BIGGEST + 1)
    if len(data) > BIGGEST:
        raise OSError(f"it has more than {BIGGEST:,} bytes")
    return data


def _failed(case: ElementTree.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def _name(case: ElementTree.Element) -> str:
    group = case.get("classname", "")
    return f"{group}::{case.get('name', '')}" if group else case.get("name", "")
