"""Every fact concerns a topic or is silent on purpose; every part renders for a topic its fact concerns."""

import pytest

from teamboard.events.catalogue import FACTS, CheckRunMoved, RunMoved, TaskChanged
from teamboard.live.topics import CONCERNS, KINDS, SILENT, topics_of
from teamboard.parts.registry import load, parts_of


def test_every_fact_has_its_topics_or_is_silent():
    assert set(CONCERNS) == set(FACTS)
    assert {fact.kind() for fact in SILENT} == {"draft_saved", "file_viewed"}


def test_every_topic_is_known_and_told_of_something():
    named = {kind for kinds in CONCERNS.values() for kind in kinds.split()}
    assert named == set(KINDS) - {"run"}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_parts_render_for_known_topics_only(fact):
    load()
    assert {part.topic for part in parts_of(fact)} <= set(KINDS) - {"run"}


def test_a_fact_names_the_topics_of_its_objects():
    assert topics_of(TaskChanged(project=1, task=5)) == ["board.1", "project.1", "task.5"]
    assert "runstate.9" in topics_of(RunMoved(project=1, task=5, run=9, state="failed"))
    assert "change" not in {
        t.partition(".")[0] for t in topics_of(CheckRunMoved(project=1, check_run=1, tree="", state=""))
    }
