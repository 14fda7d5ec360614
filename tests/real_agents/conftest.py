"""One board and one repository for all programs; the programs are installed by the Makefile, a missing one fails."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.programs import finding
from agents.programs.table import PROGRAMS
from tests.board_process import BoardProcess
from tests.journey import sample
from tests.journey.conftest import QUICK
from tests.model_server import ModelServer
from tests.real_agents.walk import Office

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = Path(os.environ.get("TEAMBOARD_TEST_AGENTS") or ROOT / ".agents")


def _path() -> str:
    # The ACP adapter of Claude Code brings the program itself along.
    own = INSTALLED.glob("*/node_modules/@anthropic-ai/claude-agent-sdk-linux-*/")
    folders = [*own, *INSTALLED.glob("*/node_modules/.bin"), *INSTALLED.glob("*/bin")]
    return os.pathsep.join(str(folder) for folder in folders)


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    env = {**QUICK, finding.FOLDERS: _path()}
    with BoardProcess(tmp_path_factory.mktemp("board") / "data", env=env) as process:
        yield process


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="session")
def repository(board: BoardProcess, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.open(board, sample.make(tmp_path_factory.mktemp("user") / "money"))


@pytest.fixture
def office(repository: Office, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv(finding.FOLDERS, _path())
    return repository.with_server(server)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch):
    """Fail with what to run where a program is not there."""
    monkeypatch.setenv(finding.FOLDERS, _path())

    def check(kind: str) -> None:
        program = PROGRAMS[kind]
        where = finding.find(program.commands)
        assert where, f"{program.commands[0]} is not in {INSTALLED}. Run `make agents` or `make all-agents`."

    return check
