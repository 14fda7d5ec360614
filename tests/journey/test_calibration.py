"""Each check on the untouched target: green, red, without network, with a tool missing; said with a remedy."""

from typing import Any

import pytest

from tests.board_process import Api
from tests.journey import sample
from tests.journey.conftest import Room, contents

Json = dict[str, Any]
SOCKET = "import socket; socket.create_connection(('pypi.org', 443), 5)"
CHECKS = {
    "green": {"command": ["python3", "-m", "unittest", "-q", "test_money"]},
    "red": {"command": ["python3", "-m", "unittest", "-v", "test_red"]},
    "network": {"command": ["python3", "-c", SOCKET]},
    "tool": {"command": ["no-such-linter", "--strict", "."]},
    "library": {"command": ["python3", "-c", "import no_such_library"]},
}
RED = (
    "import unittest\n\n\nclass Red(unittest.TestCase):\n"
    "    def test_that_fails_already(self):\n        self.assertEqual(1, 2)\n"
)


@pytest.fixture(scope="module")
def verdicts(api: Api, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """All of them tried once, with the user's repository unchanged."""
    repo = sample.make(tmp_path_factory.mktemp("user") / "money", {**sample.FILES, "test_red.py": RED})
    before = contents(repo)
    room = Room.open(api, repo)
    address = f"projects/{room.pk}"
    api.post(f"{address}/grants", toolchain="python")
    api.patch(f"{address}/settings", checks=CHECKS, accept=True)
    api.post(f"{address}/calibrate")
    told = api.until(f"{address}/settings", lambda s: _tried(s["calibration"]), 120)
    assert contents(repo) == before
    return {row["name"]: row for row in told["calibration"] if row["name"] in CHECKS}


def _tried(rows: list[Json]) -> bool:
    done = {row["name"] for row in rows if row["result"] in ("passes", "red", "impossible")}
    return done >= CHECKS.keys()


def test_a_green_check_passes(verdicts: dict[str, Json]) -> None:
    row = verdicts["green"]
    assert (row["result"], row["reason"], row["remedy"]) == ("passes", "", "")
    assert row["seconds"] > 0


def test_a_check_that_is_red_on_the_target_already_names_the_failing_test(verdicts: dict[str, Json]) -> None:
    row = verdicts["red"]
    assert row["result"] == "red"
    assert row["reason"].startswith("It fails on the target already.")
    assert "test_that_fails_already" in row["reason"]
    assert "Mend it there first." in row["remedy"]


def test_a_check_that_opens_a_socket_cannot_run_without_network(verdicts: dict[str, Json]) -> None:
    row = verdicts["network"]
    assert row["result"] == "impossible"
    assert "It wants the network, which the sandbox does not have." in row["reason"]
    assert "Move the download into the setup command" in row["remedy"]
    assert "grant the network" in row["remedy"]


def test_a_check_whose_tool_is_missing_cannot_run(verdicts: dict[str, Json]) -> None:
    row = verdicts["tool"]
    assert row["result"] == "impossible"
    assert "no-such-linter" in row["reason"]
    assert "Install " in row["remedy"]
    assert "Settings, Sandbox" in row["remedy"]


def test_a_check_whose_library_is_missing_cannot_run(verdicts: dict[str, Json]) -> None:
    row = verdicts["library"]
    assert row["result"] == "impossible"
    assert "A library that it needs is not installed." in row["reason"]
    assert "no_such_library" in row["reason"]
    assert "Set a setup command that installs it" in row["remedy"]
