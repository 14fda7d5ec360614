"""The matrix of faults in docs/faults.md names tests that exist, and no labelled point is forgotten."""

import re
from pathlib import Path

from teamboard.lib import killpoints
from tests.faults import test_check_kills, test_landing_kills, test_runs

HOUSE = Path(__file__).resolve().parents[2]
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", (HOUSE / "docs/faults.md").read_text(encoding="utf-8"), re.M)
LABEL = re.compile(r"(?:kill_point|on_step)\(\"(\w+)\"\)")


def test_every_row_is_there_once() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 53))


def test_a_row_names_tests_that_exist_or_says_why_there_is_none() -> None:
    for number, fault, proof in ROWS:
        named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", proof)
        assert named or re.match(r"(not yet|impossible here: .+)", proof), f"row {number}, {fault}"
        for file, name in named:
            text = (HOUSE / file).read_text(encoding="utf-8")
            assert re.search(rf"(def|class) {name}\b", text), f"row {number} names {file}::{name}"


def test_at_most_six_rows_are_impossible() -> None:
    assert sum(proof.startswith("impossible") for _, _, proof in ROWS) <= 6


def test_every_label_in_the_code_is_in_the_list_and_the_other_way_round() -> None:
    sources = [path for path in (HOUSE / "teamboard").rglob("*.py")]
    found = [label for path in sources for label in LABEL.findall(path.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(killpoints.LABELS)


def test_real_processes_die_at_twenty_points_at_least() -> None:
    killed = {*test_landing_kills.LABELS, *test_check_kills.LABELS, *test_runs.LABELS}
    assert killed <= set(killpoints.LABELS)
    assert len(killed) >= 20
