"""What the doctor finds: a log that was rewritten, and what nobody knows any more."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured

from agents import orphans as marks
from teamboard.board import actions as board
from teamboard.events.bus import digest
from teamboard.events.models import Event, EventHead
from teamboard.git import mirror
from teamboard.ops import audit, orphans
from teamboard.ops.backup import _files
from teamboard.pipeline.audit import mirror_heads
from teamboard.pipeline.sandboxes import marker
from tests import factories
from tests.gate.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    made = Stage(tmp_path)
    for title in ("One", "Two", "Three"):
        board.create_task(made.project, by=factories.ada(), title=title)
    return made


def bad(look) -> list[str]:
    return [finding.text for finding in look() if not finding.ok]


def rewrite(project: int, seq: int, actor: str) -> None:
    """As somebody who has the database, and knows how the chain is made."""
    previous = Event.objects.get(project_id=project, seq=seq).previous
    for row in Event.objects.filter(project_id=project, seq__gte=seq).order_by("seq"):
        actor_now = actor if row.seq == seq else row.actor
        value = digest(previous, project, row.seq, row.kind, actor_now, row.at, row.data)
        Event.objects.filter(pk=row.pk).update(actor=actor_now, previous=previous, hash=value)
        previous = value
    EventHead.objects.filter(pk=project).update(hash=previous)


def test_a_log_that_was_rewritten_from_end_to_end_is_not_the_one_that_was_mirrored(stage):
    assert mirror_heads(stage.project.pk)
    assert bad(audit.look) == []
    rewrite(stage.project.pk, 2, "user:99")
    (found,) = bad(audit.look)
    assert f"of project {stage.project.pk} is not the one that was mirrored" in found


def test_a_log_whose_end_was_cut_off_neatly_is_shorter_than_its_mirror(stage):
    mirror_heads(stage.project.pk)
    last = Event.objects.filter(project_id=stage.project.pk).order_by("-seq").first()
    assert last is not None
    last.delete()
    EventHead.objects.filter(pk=stage.project.pk).update(seq=last.seq - 1, hash=last.previous)
    assert bad(audit.look) != []


def test_an_earlier_head_still_speaks_when_a_later_one_was_mirrored_of_the_forgery(stage):
    mirror_heads(stage.project.pk)
    rewrite(stage.project.pk, 1, "user:99")
    board.create_task(stage.project, by=factories.ada(), title="Four")
    mirror_heads(stage.project.pk)
    assert len(mirror.lines(stage.stores)) == 2
    assert bad(audit.look) != []


def test_nothing_new_is_not_mirrored_twice(stage):
    assert mirror_heads(stage.project.pk)
    assert not mirror_heads(stage.project.pk)


def test_what_belongs_to_rows_is_no_orphan(stage):
    change = stage.branch("feature", {"app.txt": "other\n"})
    stage.land(change)
    mirror_heads(stage.project.pk)
    assert bad(orphans.look) == []


def test_folders_and_refs_without_a_row_are_named(stage):
    for name in ("runs/777", "checks/777", "projects/junk"):
        (configured.DATA_DIR / name).mkdir(parents=True)
    for ref in ("refs/runs/777/live", "refs/changes/777/1", "refs/heads/evil", "refs/replace/x", "refs/odd"):
        stage.stores.set_ref(ref, stage.main())
    found = " ".join(bad(orphans.look))
    for name in ("runs/777", "checks/777", "projects/junk", "refs/changes/777/1", "refs/heads/evil", "refs/odd"):
        assert name in found, name
    assert len(bad(orphans.look)) == 8


def left_behind() -> "subprocess.Popen[bytes]":
    """A process whose worker is gone, as its mark says."""
    argv = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(600)"]
    env = {marks.NAME: f"{marker()}:{os.getpid()}:0:{os.urandom(3).hex()}"}
    process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"up\n"
    return process


def test_a_process_of_a_dead_worker_is_named_and_ended_by_the_repair(stage):
    with left_behind() as process:
        try:
            (found,) = [one for one in orphans.look() if not one.ok]
            assert str(process.pid) in found.text
            assert found.repair
            found.repair()
            assert process.wait(30) == -signal.SIGKILL
        finally:
            process.kill()
    assert bad(orphans.look) == []


def test_a_backup_leaves_the_mirror_out_for_it_may_be_ahead_of_the_copied_log(stage, tmp_path: Path):
    mirror_heads(stage.project.pk)
    names = [str(path) for path in _files(configured.DATA_DIR)]
    assert any("refs/upstream" in name or "refs/heads" in name for name in names)
    assert not any("refs/board" in name for name in names)
