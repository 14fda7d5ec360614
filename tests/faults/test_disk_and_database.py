"""What breaks beneath the board, with its real stores and database: a lock, a full disk, a lost ref, a torn object."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from teamboard.events.models import Event
from teamboard.git.command import GitError
from teamboard.lib.owner import own_name
from teamboard.pipeline import keeper, sweeper
from teamboard.runs import actions as runs
from tests import factories
from tests.gate.stage import LINES, Stage, git

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage(tmp_path: Path, settings: object) -> Stage:
    settings.DATA_DIR = tmp_path / "data"  # type: ignore[attr-defined]
    return Stage(tmp_path)


def at_the_edge(stage: Stage) -> str:
    """Approved and proven: the next tick lands it. The blob that it changes."""
    change = stage.branch("feature", {"app.txt": LINES.replace("line 3\n", "three\n")})
    stage.approve(change)
    stage.tick()
    stage.judge()
    return git(stage.stores.hub.git_dir, "rev-parse", f"{change.patch_sets.get().head_sha}:app.txt")


def state(stage: Stage) -> tuple[str, str]:
    entry = stage.project.queue.get()
    return entry.state, entry.reason.get("code", "")


@contextmanager
def outsider() -> Iterator[sqlite3.Connection]:
    """Another program that has locked the database for itself."""
    name = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(name, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


# The database


def test_a_write_waits_for_an_outsider_who_has_locked_the_database() -> None:
    run = factories.run()
    step = factories.step(run)
    with outsider() as other:
        threading.Timer(1, lambda: other.execute("ROLLBACK")).start()
        claim = runs.claim_step(step.pk, "w")
    assert claim is not None
    run.refresh_from_db()
    assert run.state == "running"


def test_a_lock_longer_than_anybody_waits_costs_a_beat_and_no_lease() -> None:
    claim = runs.claim_step(factories.step().pk, "w")
    assert claim is not None
    beating = keeper.Keeper(lambda: runs.renew(claim))
    connection.cursor().execute("PRAGMA busy_timeout = 100")
    with outsider() as other:
        assert beating.beat()
        with pytest.raises(OperationalError):
            runs.finish_step(claim)
        other.execute("ROLLBACK")
    assert not beating.lost
    runs.finish_step(claim)
    claim.step.refresh_from_db()
    assert claim.step.state == "succeeded"


def test_a_full_disk_refuses_writes_and_leaves_what_was_there_readable_and_whole() -> None:
    run = factories.run()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1")  # as many as there are
        with pytest.raises(OperationalError, match="full"):
            for _ in range(1000):
                factories.task(run.project, body="x" * 10_000)
        run.refresh_from_db()
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchone() == ("ok",)
        cursor.execute("PRAGMA max_page_count = 1073741823")
    factories.task(run.project, title="Room again")
    assert run.project.tasks.filter(title="Room again").exists()


# The stores


def test_a_torn_object_lands_nothing_and_is_said(stage: Stage) -> None:
    blob = at_the_edge(stage)
    before = stage.main()
    git(stage.work, "branch", "-q", "-D", "feature")  # so that the board has to give what it holds
    torn = [path for path in stage.stores.root.rglob(f"objects/{blob[:2]}/{blob[2:]}")]
    assert torn
    whole = torn[0].read_bytes()
    torn[0].chmod(0o600)
    torn[0].write_bytes(whole[:7])
    stage.tick()
    assert (state(stage), stage.main()) == (("held", "store_unreadable"), before)
    torn[0].write_bytes(whole)
    stage.project.queue.update(changed_at="2020-01-01T00:00:00Z")
    stage.tick()
    assert state(stage)[0] == "merged"


def test_refs_of_the_hub_that_somebody_deleted_are_made_again(stage: Stage) -> None:
    at_the_edge(stage)
    for ref in [*stage.stores.refs("refs/candidates/"), *stage.stores.refs("refs/changes/")]:
        assert stage.stores.delete_ref(ref)
    stage.tick()
    assert state(stage)[0] == "merged"
    assert stage.stores.refs("refs/candidates/")


def test_a_collection_of_garbage_by_hand_takes_nothing_that_is_needed(stage: Stage) -> None:
    at_the_edge(stage)
    for store in (stage.stores.base, stage.stores.hub):
        git(store.git_dir, "gc", "--quiet", "--prune=now")
    stage.tick()
    assert state(stage)[0] == "merged"


def test_locks_that_a_killed_git_left_in_our_stores_are_cleared_and_the_landing_goes_on(stage: Stage) -> None:
    at_the_edge(stage)
    hub, base = stage.stores.hub.git_dir, stage.stores.base.git_dir
    locks = [base / "refs/heads/main.lock", hub / "packed-refs.lock", hub / "HEAD.lock", hub / "config.lock"]
    for lock in locks:
        lock.touch()
    with pytest.raises(GitError, match="lock"):
        stage.tick()
    assert all(lock.exists() for lock in locks), "a git that writes just now would have lost its lock"
    for lock in locks:
        os.utime(lock, (0, 0))
    stage.tick()
    assert state(stage)[0] == "merged"
    assert not any(lock.exists() for lock in locks)
    told = Event.objects.get(kind="locks_removed").data["locks"].split(", ")
    assert sorted(told) == sorted(str(lock.relative_to(stage.stores.root)) for lock in locks)


# Processes


def test_a_process_that_got_a_dead_workers_number_is_not_taken_for_it() -> None:
    host, pid, started = own_name().split("/")
    step = factories.step()
    assert runs.claim_step(step.pk, f"{host}/{pid}/{int(started) - 1}")
    sweeper.sweep()  # the owner is dead: its lease ends, and we, who have its number, live on
    step.refresh_from_db()
    assert (step.state, os.getpid()) == ("ready", int(pid))


def test_of_two_sweepers_at_once_one_gives_a_lost_step_back() -> None:
    step = factories.step()
    assert runs.claim_step(step.pk, "w")
    runs.release_owner("w")
    found: list[int] = []

    def sweep() -> None:
        found.extend(runs.release_lost())
        connection.close()

    both = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert found == [step.pk]
