"""The doorbell: what is published to the web processes."""

import json

import pytest
import redis

from teamboard.live import relay
from teamboard.live.relay import CONTROL, FACTS, OUTPUT, joined
from teamboard.runs.journal import Entry, Journal
from tests import factories
from tests.live.telling import invite


@pytest.fixture
def heard(valkey, relay_to):
    relay_to(valkey.url)
    with redis.Redis.from_url(valkey.url) as client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(FACTS, OUTPUT, CONTROL)
        while pubsub.get_message(timeout=0.1) is not None:
            pass

        def next_one() -> tuple[str, dict]:
            message = None
            while message is None:
                message = pubsub.get_message(timeout=5)
            return message["channel"].decode(), json.loads(message["data"])

        yield next_one


def test_a_committed_fact_rings_with_its_place_and_nothing_else(heard, transactional_db):
    project = factories.project()
    seq = invite(project, 1)
    assert heard() == (FACTS, {"project": project.pk, "up_to": seq})


def test_output_rings_with_its_offset(heard):
    relay.output(7, 48211)
    assert heard() == (OUTPUT, {"run": 7, "offset": 48211})


def test_control_rings_as_it_is(heard):
    relay.control({"user": 3})
    assert heard() == (CONTROL, {"user": 3})


def test_what_waits_together_is_joined_to_the_highest_place():
    waiting = [
        (FACTS, {"project": 1, "up_to": 5}),
        (CONTROL, {"user": 3}),
        (FACTS, {"project": 2, "up_to": 9}),
        (FACTS, {"project": 1, "up_to": 7}),
        (FACTS, {"project": 1, "up_to": 6}),
        (OUTPUT, {"run": 1, "offset": 10}),
        (CONTROL, {"user": 4}),
    ]
    assert joined(waiting) == [
        (FACTS, {"project": 1, "up_to": 7}),
        (FACTS, {"project": 2, "up_to": 9}),
        (OUTPUT, {"run": 1, "offset": 10}),
        (CONTROL, {"user": 3}),
        (CONTROL, {"user": 4}),
    ]


def test_a_written_line_of_a_run_rings_with_the_end_of_its_file(heard, transactional_db):
    end = Journal(41).append([Entry("stdout", "hello")])
    assert heard() == (OUTPUT, {"run": 41, "offset": end})
