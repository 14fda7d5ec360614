"""With Redis dead pages are slower, never wrong; a slow page costs nobody but itself."""

import socket
import time

import pytest
from websockets.sync.client import connect

from teamboard.events import queries
from teamboard.live import relay
from teamboard.live.outbox import MOST_BYTES
from tests import factories
from tests.live.conftest import Valkey, hear, hear_beat, say, session_of, web_process
from tests.live.telling import invite, rename


@pytest.fixture
def project(transactional_db):
    return factories.project()


@pytest.fixture
def mortal(tmp_path, relay_to):
    valkey = Valkey(tmp_path)
    relay_to(valkey.url)
    yield valkey
    valkey.stop()


def test_pages_go_on_with_redis_dead_and_are_quick_again_when_it_is_back(mortal, project, tmp_path):
    with web_process(tmp_path, mortal.url) as web, web.socket(cookie=session_of(factories.ada())) as page:
        say(page, join={f"team.{project.pk}": queries.position(project.pk)})
        hear_beat(page)
        mortal.stop()
        told = [invite(project, number) for number in range(10)]
        assert [hear(page)["seq"] for _ in told] == told
        mortal.start()
        # The web process listens again within its second.
        while True:
            began = time.monotonic()
            seq = invite(project, 11)
            assert hear(page)["seq"] == seq
            if time.monotonic() - began < 0.2:
                break


def test_a_board_begins_without_redis(project, tmp_path, relay_to):
    nowhere = f"unix://{tmp_path}/nowhere.sock"
    relay_to(nowhere)
    with web_process(tmp_path, nowhere) as web, web.socket(cookie=session_of(factories.ada())) as page:
        say(page, join={f"team.{project.pk}": queries.position(project.pk)})
        hear_beat(page)
        seq = invite(project, 1)
        assert hear(page)["seq"] == seq


def test_a_page_that_does_not_read_is_reset_and_the_others_never_wait(web, project):
    task, cookie = factories.task(project), session_of(factories.ada())
    topic = f"task.{task.pk}"
    heavy = "x" * (MOST_BYTES // 8)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    narrow.connect(("127.0.0.1", web.port))
    with (
        connect(
            f"ws://127.0.0.1:{web.port}/ws/",
            sock=narrow,
            origin=web.origin,
            additional_headers={"Cookie": cookie},
            max_queue=1,
            max_size=None,
            compression=None,
            proxy=None,
        ) as slow,
        web.socket(cookie=cookie) as quick,
    ):
        for page in (slow, quick):
            say(page, join={topic: queries.position(project.pk)})
        hear_beat(quick)
        for number in range(30):
            last = rename(task, f"{number} {heavy}")
            assert hear(quick)["seq"] == last
        kinds = []
        while not kinds or kinds[-1] != last:
            frame = hear(slow, seconds=30)
            kinds.append(frame.get("seq") or frame["kind"])
        assert "reset" in kinds
        assert len(kinds) < 30


def test_a_full_queue_of_messages_delays_nobody(relay_to, tmp_path):
    relay_to(f"unix://{tmp_path}/nowhere.sock")
    # It would wait here for ever.
    for number in range(3 * relay.WAITING):
        relay.output(1, number)
