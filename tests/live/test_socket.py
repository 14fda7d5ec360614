"""A page joins with what it has seen and is told the rest, in order."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from teamboard.events import queries
from teamboard.live.fanout import TOO_MANY
from tests import factories
from tests.live.conftest import hear, hear_beat, say, session_of
from tests.live.telling import calibrate, freeze, heading, invite, rename


@pytest.fixture
def project(transactional_db):
    return factories.project()


@pytest.fixture
def task(project):
    return factories.task(project)


@pytest.fixture
def cookie(transactional_db):
    return session_of(factories.ada())


def test_a_fact_reaches_an_open_page(web, project, task, cookie):
    with web.socket(cookie=cookie) as page:
        say(page, join={f"task.{task.pk}": queries.position(project.pk)})
        hear_beat(page)
        seq = rename(task, "Balance the books")
        assert hear(page) == {
            "seq": seq,
            "topic": f"task.{task.pk}",
            "kind": "html",
            "target": f"heading-{task.pk}",
            "swap": "replace",
            "html": heading(task, "Balance the books"),
        }


def test_a_page_is_sent_what_it_missed_and_then_what_is_new(web, project, task, cookie):
    before = queries.position(project.pk)
    missed = [invite(project, number) for number in (1, 2, 3)]
    with web.socket(cookie=cookie) as page:
        say(page, join={f"team.{project.pk}": before})
        assert [hear(page)["seq"] for _ in missed] == missed
        assert hear_beat(page)["at"] == {f"team.{project.pk}": missed[-1]}
        assert invite(project, 4) == hear(page)["seq"]


def test_a_page_that_saw_all_is_sent_nothing_twice(web, project, cookie):
    seen = invite(project, 1)
    with web.socket(cookie=cookie) as page:
        say(page, join={f"team.{project.pk}": seen})
        hear_beat(page)
        new = invite(project, 2)
        assert hear(page)["seq"] == new


def test_what_was_missed_is_shown_as_it_is_now_and_once(web, project, task, cookie):
    before = queries.position(project.pk)
    for title in ("One", "Two", "Three"):
        last = rename(task, title)
    with web.socket(cookie=cookie) as page:
        say(page, join={f"task.{task.pk}": before})
        frame = hear(page)
        assert (frame["seq"], frame["html"]) == (last, heading(task, "Three"))
        new = rename(task, "Four")
        assert hear(page)["seq"] == new


def test_a_page_that_missed_too_much_is_told_to_read_itself_anew(web, project, cookie):
    for number in range(TOO_MANY + 1):
        last = invite(project, number)
    with web.socket(cookie=cookie) as page:
        say(page, join={f"team.{project.pk}": 0})
        assert hear(page) == {"kind": "reset", "topic": f"team.{project.pk}", "seq": last}
        assert invite(project, 1000) == hear(page)["seq"]


def test_a_hundred_facts_arrive_in_order_without_a_gap_at_two_pages(web, project, cookie):
    with web.socket(cookie=cookie) as one, web.socket(cookie=cookie) as two:
        for page in (one, two):
            say(page, join={f"team.{project.pk}": queries.position(project.pk)})
            hear_beat(page)
        told = [invite(project, number) for number in range(100)]
        for page in (one, two):
            assert [hear(page)["seq"] for _ in told] == told


def test_a_page_that_asks_for_lists_gets_the_frames_of_one_moment_together(web, project, cookie):
    before = queries.position(project.pk)
    told = [invite(project, number) for number in range(20)]
    with web.socket(cookie=cookie) as page:
        say(page, join={f"team.{project.pk}": before}, lists=True)
        messages = iter(lambda: json.loads(page.recv(30)), None)
        together = next(message for message in messages if isinstance(message, list))
        assert [frame["seq"] for frame in together] == told


def test_a_page_hears_only_its_topics(web, project, task, cookie):
    with web.socket(cookie=cookie) as page:
        say(page, join={f"task.{task.pk}": queries.position(project.pk)})
        hear_beat(page)
        invite(project, 1)
        rename(factories.task(project), "Another card")
        seq = rename(task, "This card")
        assert hear(page)["seq"] == seq


def test_a_page_may_leave_a_topic(web, project, task, cookie):
    at = queries.position(project.pk)
    with web.socket(cookie=cookie) as page:
        say(page, join={f"task.{task.pk}": at, f"team.{project.pk}": at})
        hear_beat(page)
        say(page, leave=[f"team.{project.pk}"])
        while f"team.{project.pk}" in hear_beat(page)["at"]:
            pass
        invite(project, 1)
        seq = rename(task, "Still here")
        assert hear(page)["seq"] == seq


def test_a_hint_names_an_address_and_carries_no_markup(web, project, cookie):
    with web.socket(cookie=cookie) as page:
        say(page, join={f"queue.{project.pk}": queries.position(project.pk)})
        hear_beat(page)
        seq = freeze(project)
        url = f"/p/{project.pk}/queue/train/"
        expected = {"seq": seq, "topic": f"queue.{project.pk}", "kind": "hint", "target": "train", "url": url}
        assert hear(page) == expected


def test_a_broken_part_makes_its_pages_read_themselves_and_stops_nothing(web, project, cookie):
    at = queries.position(project.pk)
    with web.socket(cookie=cookie) as page:
        say(page, join={f"settings.{project.pk}": at, f"team.{project.pk}": at})
        hear_beat(page)
        seq = calibrate(project)
        assert hear(page) == {"kind": "reset", "topic": f"settings.{project.pk}", "seq": seq}
        assert invite(project, 1) == hear(page)["seq"]


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        '{"join": []}',
        '{"join": {"board.1": -1}}',
        '{"join": {"board.1": "1"}}',
        '{"leave": "board.1"}',
    ],
)
def test_a_message_that_makes_no_sense_closes_the_socket_with_a_sentence(web, cookie, message):
    with web.socket(cookie=cookie) as page:
        page.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            hear(page)
        assert closed.value.rcvd.code == 1007
        assert closed.value.rcvd.reason.endswith(".")


def test_a_flood_of_messages_closes_the_socket(web, cookie):
    with web.socket(cookie=cookie) as page, pytest.raises(ConnectionClosed) as closed:
        for _ in range(30):
            say(page, leave=[])
        hear(page)
    assert closed.value.rcvd.code == 4408


def test_a_message_above_64_kb_closes_the_socket(web, cookie):
    with web.socket(cookie=cookie) as page:
        page.send("x" * 65_537)
        with pytest.raises(ConnectionClosed) as closed:
            hear(page)
        assert closed.value.rcvd.code == 1009
