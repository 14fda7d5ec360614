"""What the target holds is read back after a landing; if it is wrong the board stops by itself (I-17, I-18, D3)."""

import os
import threading

import pytest

from teamboard.events.models import Event
from teamboard.gate import actions as gate
from teamboard.gate import queries
from teamboard.gate.models import Freeze, Intent, QueueEntry
from teamboard.parts.change import notices
from teamboard.parts.queue import pieces
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    return Stage(tmp_path, bare=True)


def last(change):
    return queries.entry_of(change)


def begin(stage, change):
    """Green and with its Intent written: the next tick moves the target."""
    stage.approve(change)
    stage.tick()
    stage.judge()
    entry = last(change)
    gate.begin_landing(entry)
    return entry


def facts(stage, kind):
    return list(Event.objects.filter(project_id=stage.project.pk, kind=kind).values_list("data", flat=True))


def test_a_tree_that_no_check_ran_on_is_found_out_and_everything_stops(stage):
    entry = begin(stage, stage.branch("feature", {"b.txt": "b\n"}))
    waiting = stage.branch("other", {"c.txt": "c\n"})
    stage.approve(waiting)
    tested = git(stage.repo, "rev-parse", "main^{tree}")
    QueueEntry.objects.filter(pk=entry.pk).update(candidate_tree=tested)
    stage.tick()
    entry.refresh_from_db()
    assert (entry.state, entry.reason["code"], entry.reason["tested"]) == ("merged", "wrong_tree", tested)
    freeze = Freeze.objects.get()
    assert (freeze.alarm, freeze.by, "is not the tree" in freeze.reason) == (True, None, True)
    assert (last(waiting).state, last(waiting).reason["code"]) == ("held", "frozen")
    assert [fact["code"] for fact in facts(stage, "landing_doubted")] == ["wrong_tree"]
    assert facts(stage, "queue_frozen") == [{"frozen": True}]
    assert 'data-tone="bad" role="alert"' in pieces(stage.project)["queue-alarm"]
    assert "The board has stopped landing." in notices(entry.change)


def test_nothing_lands_until_a_person_lets_it(stage):
    entry = begin(stage, stage.branch("feature", {"b.txt": "b\n"}))
    QueueEntry.objects.filter(pk=entry.pk).update(candidate_tree="0" * 40)
    stage.tick()
    landed = stage.main()
    other = stage.branch("other", {"c.txt": "c\n"}, start=git(stage.repo, "rev-parse", "main~1"))
    stage.approve(other)
    for _ in range(3):
        stage.tick()
        stage.judge()
    assert stage.main() == landed
    gate.unfreeze(stage.project, by=factories.ada())
    assert "hidden" in pieces(stage.project)["queue-alarm"]
    for _ in range(2):
        stage.tick()
        stage.judge()
    stage.tick()
    assert last(other).state == "merged"


def test_a_merge_that_somebody_took_off_the_target_stops_the_queue_before_anything_else_lands(stage):
    before = stage.main()
    gone = stage.branch("gone", {"b.txt": "b\n"})
    stage.land(gone)
    git(stage.repo, "update-ref", "refs/heads/main", before)
    next_one = stage.branch("next", {"c.txt": "c\n"})
    stage.approve(next_one)
    stage.tick()
    stage.judge()
    stage.tick()
    assert (stage.main(), Freeze.objects.get().alarm) == (before, True)
    assert (last(gone).state, last(gone).reason["code"]) == ("merged", "taken_off")
    gate.unfreeze(stage.project, by=factories.ada())
    for _ in range(2):
        stage.tick()
        stage.judge()
    stage.tick()
    # Said once: who lets it land again has decided.
    assert (last(next_one).state, Freeze.objects.count()) == ("merged", 0)


def test_a_merge_lost_while_the_target_moved_is_found_after_the_compare_and_set(stage):
    gone = stage.branch("gone", {"b.txt": "b\n"})
    stage.land(gone)
    entry = begin(stage, stage.branch("next", {"c.txt": "c\n"}))
    # As if the merge had been built without what landed before it: same files, another history.
    orphan = git(stage.work, "commit-tree", "-m", "wrong", f"{_fetched(stage)}^{{tree}}")
    git(stage.work, "push", "-q", "origin", f"{orphan}:refs/heads/wrong")
    git(stage.repo, "update-ref", "refs/heads/main", orphan)
    stage.stores.fetch_branch(_upstream(stage), "wrong", "refs/wrong")
    QueueEntry.objects.filter(pk=entry.pk).update(
        base_sha=orphan, candidate_sha=orphan, candidate_tree=git(stage.repo, "rev-parse", f"{orphan}^{{tree}}")
    )
    Intent.objects.update(new_sha=orphan)
    stage.tick()
    assert last(gone).reason["code"] == "taken_off"
    assert Freeze.objects.get().alarm


def _fetched(stage):
    git(stage.work, "fetch", "-q", "origin", "main")
    return git(stage.work, "rev-parse", "FETCH_HEAD")


def _upstream(stage):
    from teamboard.git.upstream import Upstream

    return Upstream(str(stage.repo))


def test_a_sound_landing_raises_no_alarm(stage):
    for name in ("one", "two"):
        stage.land(stage.branch(name, {f"{name}.txt": "x\n", "app.txt": LINES}))
    assert not Freeze.objects.exists()
    assert facts(stage, "landing_doubted") == []


def test_a_lock_left_in_our_store_is_removed_under_the_projects_lock_and_said(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    entry = stage.approve(change).entry
    lock = stage.stores.hub.git_dir / f"refs/candidates/{entry.pk}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    stage.tick()
    assert last(change).state == "testing"
    assert facts(stage, "locks_removed") == [{"locks": f"hub.git/refs/candidates/{entry.pk}.lock"}]


def test_a_lock_that_somebody_else_may_hold_right_now_is_left_alone(stage):
    change = stage.branch("feature", {"b.txt": "b\n"})
    stage.approve(change)
    entry_lock = stage.stores.hub.git_dir / f"refs/candidates/{last(change).pk}.lock"
    fresh = stage.stores.hub.git_dir / f"refs/changes/{change.pk}/2.lock"
    for lock in (entry_lock, fresh):
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    stage.tick()
    assert (entry_lock.exists(), fresh.exists()) == (False, True)


def test_no_lock_is_removed_while_somebody_else_holds_the_projects_lock(stage, monkeypatch):
    monkeypatch.setattr("teamboard.pipeline.merger.LOCK_SECONDS", 0.2)
    change = stage.branch("feature", {"b.txt": "b\n"})
    entry = stage.approve(change).entry
    lock = stage.stores.hub.git_dir / f"refs/candidates/{entry.pk}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (0, 0))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        from teamboard.reviews import storage

        with storage.stores(stage.project.pk).lock():
            held.set()
            done.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(30)
    assert stage.tick().busy
    assert lock.exists()
    done.set()
    other.join()
