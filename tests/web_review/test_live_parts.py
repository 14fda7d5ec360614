"""What open pages are told. The same for everybody, and nothing personal but as a hint."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.live import reader
from teamboard.parts import registry
from teamboard.reviews import actions
from tests import factories
from tests.web_review.conftest import SECOND

pytestmark = pytest.mark.django_db


def frames(fact, topic: str):
    registry.load()
    logged = Logged(fact.project, 1, fact)
    made = [part.render(logged) for part in registry.parts_of(type(fact)) if part.topic == topic]
    return {frame.target: frame for some in made for frame in some}


def test_a_thread_comes_as_a_hint_and_the_head_as_markup(room):
    thread = actions.open_thread(room.change, 1, body="Hm.", by=factories.ada())
    told = frames(facts.ThreadChanged(project=room.project.pk, change=room.change.pk, thread=thread.pk), "change")
    assert told[f"thread-{thread.pk}"].kind == "hint"
    assert told["verdict-buttons"].kind == "hint"
    assert "1 thread still open" in told["requirements"].html
    for frame in told.values():
        assert frame.topic == f"change.{room.change.pk}"
        assert "data-act" not in frame.html


def test_fragments_and_a_fresh_page_say_the_same(room, as_):
    room.upload(SECOND)
    fact = facts.PatchSetUploaded(project=room.project.pk, change=room.change.pk, patch_set=2)
    page = as_(factories.ada()).get(f"/changes/{room.change.pk}/").content.decode()
    for frame in frames(fact, "change").values():
        assert frame.kind == "hint" or frame.html in page


def test_a_check_run_reaches_the_changes_with_its_tree(room):
    newest = room.change.patch_sets.last()
    check = actions.ensure_check_runs(room.project, newest.tree_sha, newest.head_sha)[0]
    fact = facts.CheckRunMoved(project=room.project.pk, check_run=check.pk, tree=newest.tree_sha, state="in_progress")
    assert "tests" in frames(fact, "change")["checks"].html
    other = facts.CheckRunMoved(project=room.project.pk, check_run=check.pk, tree="0" * 40, state="queued")
    assert frames(other, "change") == {}


def test_queue_and_inbox_are_told(room, as_):
    fact = facts.QueueFrozen(project=room.project.pk, frozen=True)
    page = as_(factories.ada()).get(f"/p/{room.project.pk}/queue/").content.decode()
    told = frames(fact, "queue")
    assert set(told) == {"queue-state", "queue-alarm", "queue-line", "merges", "returned"}
    for frame in told.values():
        assert frame.html in page
    moved = facts.ChangeMoved(project=room.project.pk, change=room.change.pk, state="open")
    assert frames(moved, "inbox")["inbox"].kind == "hint"


def test_the_live_diff_of_a_run_grows_from_its_base(room, as_):
    run = factories.run(factories.task(room.project), base_sha=room.base)
    ada = as_(factories.ada())
    assert "No file has changed yet." in ada.get(f"/runs/{run.pk}/diff/").content.decode()
    run.live_head = room.change.patch_sets.get().head_sha
    run.save()
    assert "new.py" in ada.get(f"/runs/{run.pk}/diff/").content.decode()
    assert as_(factories.eve()).get(f"/runs/{run.pk}/diff/").status_code == 404


def test_what_is_read_together_draws_a_head_once(room, django_assert_max_num_queries):
    threads = [actions.open_thread(room.change, 1, body="Hm.", by=factories.ada()).pk for _ in range(6)]
    told = [
        Logged(room.project.pk, at, facts.ThreadChanged(project=room.project.pk, change=room.change.pk, thread=pk))
        for at, pk in enumerate(threads, start=1)
    ]
    topics = frozenset([f"change.{room.change.pk}"])
    registry.load()
    with CaptureQueriesContext(connection) as alone:
        reader.render(told[:1], topics)
    with django_assert_max_num_queries(len(alone)):
        frames = reader.render(told, topics)
    hints = {frame.text for frame in frames if '"hint"' in frame.text and "thread-" in frame.text}
    assert len(hints) == len(threads)
    with CaptureQueriesContext(connection) as later:
        reader.render(told[:1], topics)
    assert len(later) == len(alone)
