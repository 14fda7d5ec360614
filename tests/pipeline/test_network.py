"""The whole network reaches an agent only where it is wished for and granted, and is said (D14)."""

import socket
from collections.abc import Iterator

import pytest

from teamboard.board import queries
from teamboard.board.actions import accept_settings, ask_calibration, grant
from teamboard.board.models import Project
from teamboard.ops.tls import own_address
from teamboard.parts import run as page
from teamboard.parts import settings as panel
from teamboard.pipeline import calibration
from teamboard.reviews.models import CheckRun, PatchSet
from teamboard.runs.queries import run_page
from tests import factories
from tests.pipeline.conftest import Start, drive


@pytest.fixture
def reach() -> Iterator[str]:
    """A program that prints what became of a call to a server outside of the sandbox."""
    with socket.create_server((own_address() or "", 0)) as server:
        yield f"import socket; socket.create_connection({server.getsockname()!r}, 5); print('reached')"


def define(project: Project, reach: str, network: str) -> None:
    checks = {
        "far": {"command": ["python3", "-c", reach]},
        "near": {"command": ["python3", "-c", f"try:\n {reach}\nexcept OSError as e:\n print('held', 'in')"]},
    }
    accept_settings(project, body={"sandbox": {"network": network}, "checks": checks}, by=factories.ada())
    ask_calibration(project, by=factories.ada())
    calibration.calibrate(project.pk)


def results(project: Project) -> dict[str, tuple[str, bool]]:
    return {row.check_name: (row.result, row.network) for row in queries.calibrations(project)}


def test_a_wish_alone_and_a_grant_alone_open_nothing(project: Project, start: Start, reach: str) -> None:
    define(project, reach, "open")
    assert results(project) == {"far": ("impossible", False), "near": ("passes", False)}
    assert "Not granted" in panel.sandbox(project)
    grant(by=factories.ada(), kind="network", value="open", project=project)
    accept_settings(project, body={"checks": {"near": {"command": ["true"]}}}, by=factories.ada())
    run = drive(start(command=["python3", "-c", reach]))
    assert (run.failure_code, run.conditions) == ("exit_status", [])
    assert "unreachable" in run.failure_detail


def test_wished_for_and_granted_it_reaches_the_agent_and_the_one_check_that_needs_it(
    project: Project, start: Start, reach: str
) -> None:
    grant(by=factories.ada(), kind="network", value="open", project=project)
    define(project, reach, "open")
    assert results(project) == {"far": ("passes", True), "near": ("passes", False)}
    assert "Granted: agents reach every address" in panel.sandbox(project)
    assert "with the network" in panel.checks(project)
    run = drive(start(command=["python3", "-c", f"{reach}; open('one.txt', 'w').write('1')"]))
    assert (run.waiting_for, run.failure_detail, run.conditions) == ("review", "", ["open network"])
    assert "open network" in page.head(run_page(run.pk))
    assert "The agent worked with open network." in PatchSet.objects.get().notes
    said = {check.name: (check.conclusion, check.summary) for check in CheckRun.objects.all()}
    assert said == {"far": ("success", "reached"), "near": ("success", "held in")}
