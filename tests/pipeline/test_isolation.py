"""Without a sandbox nothing starts until an architect of the board accepts that in words; it is loud and ends (D17)."""

import stat
from pathlib import Path

import pytest
from django.test import Client

from agents import probe
from teamboard.board import actions as board
from teamboard.board.actions import isolation
from teamboard.board.models import IsolationWaiver, Project
from teamboard.parts import banner, settings
from teamboard.pipeline import sandboxes, sweeper
from teamboard.reviews.models import PatchSet
from teamboard.runs.actions import resume_run
from tests import factories
from tests.pipeline.conftest import Start, drive

WRITES = '[[step]]\nwrite = {path = "one.txt", content = "1"}\n[[step]]\nrun = "readlink /proc/self/ns/pid > ns.txt"\n'


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's bubblewrap is there and fails, as where user namespaces are forbidden."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for module in (sandboxes, isolation, banner, settings):
        monkeypatch.setattr(module, "probe", lambda: probe((program,)))


@pytest.mark.usefixtures("broken")
def test_it_starts_only_after_the_very_words_and_says_so_everywhere_until_it_is_ended(
    project: Project, start: Start
) -> None:
    run = drive(start(WRITES))
    assert (run.state, run.failure_code) == ("failed", "sandbox_missing")
    assert "No permissions to create new namespace" in run.failure_detail
    ada = Client(headers={"HX-Request": "true"})
    ada.force_login(factories.ada())
    page = f"/p/{project.pk}/"
    shown = ada.get(f"{page}settings/").content.decode()
    assert isolation.SENTENCE in shown
    assert 'data-post="/isolation/accept/"' in shown
    refused = ada.post("/isolation/accept/", {"sentence": "yes"})
    assert (refused.status_code, refused.headers["X-Notice"]) == (422, "other_words")
    assert not IsolationWaiver.objects.exists()

    told = ada.post("/isolation/accept/", {"sentence": f" {isolation.SENTENCE.lower()} "}).content.decode()
    assert "Agents run without isolation" in told
    assert "banner-unisolated" in ada.get(page).content.decode()
    assert ("isolation_changed", factories.ada().actor) in factories.told(project)
    run = drive(resume_run(run, by=factories.ada()))
    assert (run.waiting_for, run.failure_detail, run.conditions) == ("review", "", ["no isolation"])
    assert "no isolation" in ada.get(f"/runs/{run.pk}/").content.decode()
    patch_set = PatchSet.objects.get()
    assert "The agent worked with no isolation." in patch_set.notes
    change = ada.get(f"/changes/{patch_set.change_id}/").content.decode()
    assert "The agent worked with no isolation." in change

    ada.post("/isolation/revoke/")
    assert "banner-unisolated" not in ada.get(page).content.decode()
    run = drive(start(WRITES))
    assert run.failure_code == "sandbox_missing"


def test_where_a_sandbox_works_there_is_nothing_to_accept_and_what_was_accepted_counts_not(start: Start) -> None:
    with pytest.raises(isolation.Refused, match="The sandbox works here"):
        board.accept_no_isolation(by=factories.ada(), sentence=isolation.SENTENCE)
    IsolationWaiver.objects.create(sentence="left from before", missing="?", accepted_by=factories.ada())
    assert "banner-unisolated" not in banner.banners()
    run = drive(start(WRITES))
    assert (run.waiting_for, run.conditions) == ("review", [])
    sweeper.end_needless_waiver()
    assert IsolationWaiver.objects.get().revoked_at


@pytest.mark.usefixtures("broken")
def test_an_architect_of_one_project_may_not_accept_it(project: Project) -> None:
    with pytest.raises(isolation.Refused, match="of the whole board"):
        board.accept_no_isolation(by=factories.rui(project), sentence=isolation.SENTENCE)
