"""A real sandbox and a real place for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents import Limits, NoSandbox, OutputLine, Place, Sandbox, probe
from agents.contract import Finished


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    found = probe()
    assert not isinstance(found, NoSandbox), f"{found.reason} {found.remedy}"
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("work", "home", "tmp"):
        (tmp_path / name).mkdir()
    return Place(work=tmp_path / "work", home=tmp_path / "home", tmp=tmp_path / "tmp")


Shell = Callable[..., tuple[Finished, str]]


@pytest.fixture
def shell(sandbox: Sandbox, place: Place) -> Shell:
    """Run a line of shell inside; the answer is its end and all it said."""

    def run(script: str, where: Place | None = None, limits: Limits | None = None, **options: object):
        lines: list[OutputLine] = []
        command = ["/bin/sh", "-c", script]
        finished = sandbox.run(command, where or place, limits or Limits(seconds=20), on_output=lines.append, **options)
        return finished, "\n".join(line.text for line in lines)

    return run
