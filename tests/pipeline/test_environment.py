"""The setup command runs once, and what it leaves lies under work and checks."""

from dataclasses import replace

import pytest

from agents import Sandbox
from teamboard.board.actions import accept_settings
from teamboard.board.models import Project
from teamboard.pipeline import environment, projects, sandboxes
from teamboard.reviews.models import CheckRun, PatchSet
from teamboard.reviews.storage import stores
from teamboard.runs.failures import failure
from tests import factories
from tests.pipeline.conftest import Repo, Start, drive

SETUP = {"command": ["/bin/sh", "-c", "mkdir -p libs && date +%N > libs/stamp && echo made"]}
CHECK = {"command": ["/bin/sh", "-c", "cat libs/stamp one.txt && ls -a"]}


@pytest.fixture(params=["overlay", "copy"])
def _sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines without overlayfs copy the layer instead."""
    real = sandboxes.probe()
    assert isinstance(real, Sandbox)
    monkeypatch.setattr(sandboxes, "probe", lambda: replace(real, can_overlay=request.param == "overlay"))


def define(project: Project, setup: dict[str, list[str]]) -> None:
    accept_settings(project, body={"setup": setup, "checks": {"tests": CHECK}}, by=factories.ada())


@pytest.mark.usefixtures("_sandbox")
def test_the_layer_is_made_once_and_is_no_part_of_the_work(project: Project, start: Start) -> None:
    define(project, SETUP)
    run = drive(start(command=["/bin/sh", "-c", "cat libs/stamp && git status --short && echo 1 > one.txt"]))
    assert run.waiting_for == "review", run.failure_detail
    head = PatchSet.objects.get().head_sha
    assert {entry.path for entry in stores(project.pk).files(head)} == {"one.txt", "sums.py", "test_sums.py"}
    check = CheckRun.objects.get()
    assert check.conclusion == "success", check.summary
    layer = environment.layer(project, project.settings_versions.first().body, run.base_sha)  # type: ignore[union-attr]
    assert layer is not None
    assert (layer / "libs" / "stamp").exists()
    assert not (layer / "sums.py").exists()
    assert len([entry for entry in layer.parents[2].iterdir() if entry.is_dir()]) == 1


def test_a_setup_command_that_fails_says_so_with_its_words(project: Project, start: Start) -> None:
    define(project, {"command": ["/bin/sh", "-c", "echo no such package; exit 3"]})
    run = drive(start(command=["true"]))
    assert (run.state, run.failure_code) == ("failed", "setup_failed")
    assert "no such package" in run.failure_detail
    assert "network" in run.failure_detail
    assert "correct the setup command" in failure("setup_failed").remedy


def test_the_digest_names_all_that_decides_an_environment_and_nothing_else() -> None:
    setup, locks, tools = ["uv", "sync"], {"uv.lock": "1"}, ["python=/usr/bin/python3 1 2"]
    known = environment.digest_of(setup, locks, tools)
    assert known == environment.digest_of(tuple(setup), dict(locks), list(tools))
    others = [
        environment.digest_of(["uv", "sync", "--frozen"], locks, tools),
        environment.digest_of(setup, {"uv.lock": "2"}, tools),
        environment.digest_of(setup, locks, ["python=/usr/bin/python3 1 3"]),
        environment.digest_of(setup, locks, tools, network=True),
        environment.digest_of(setup, locks, tools, isolated=False),
    ]
    assert len({known, *others}) == 6
    assert environment.digest_of([], {"uv.lock": "1"}, tools) == environment.digest_of([], {"uv.lock": "2"}, tools)


def test_another_lock_file_is_another_environment_only_with_a_setup_command(project: Project, repo: Repo) -> None:
    before, after = project.head_sha, repo.commit("Lock", **{"requirements.txt": "one"})
    projects.follow(project.pk)
    body = {"setup": SETUP}
    assert environment.digest(project, body, before) != environment.digest(project, body, after)
    assert environment.digest(project, {}, before) == environment.digest(project, {}, after)
