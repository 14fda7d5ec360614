"""Output of a run is read from its file: whole lines, from the offset a page has seen."""

import json

import pytest

from teamboard.live import output, relay
from tests import factories
from tests.live.conftest import hear, hear_beat, say, session_of


@pytest.fixture
def run(transactional_db):
    return factories.run(factories.task(factories.project()))


@pytest.fixture
def write(run):
    """Appends raw bytes to the run's file, as the journal does, and returns the new offset."""
    file = output.file_of(run.pk)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)

    def append(data: bytes) -> int:
        with file.open("ab") as out:
            out.write(data)
            return out.tell()

    return append


def line(number: int, text: str = "a line") -> bytes:
    return json.dumps({"seq": number, "stream": "out", "text": text}).encode() + b"\n"


@pytest.fixture
def page(web, run):
    with web.socket(cookie=session_of(factories.ada())) as one:
        yield one


def numbers(frame: dict) -> list[int]:
    assert frame["kind"] == "lines"
    return [row["seq"] for row in frame["lines"]]


def test_a_page_is_sent_the_lines_after_its_offset(page, run, write):
    seen = write(line(1))
    end = write(line(2) + line(3))
    say(page, join={f"run.{run.pk}": seen})
    frame = hear(page)
    assert (frame["topic"], frame["after"], frame["seq"], numbers(frame)) == (f"run.{run.pk}", seen, end, [2, 3])


def test_new_lines_follow_when_the_run_says_so(page, run, write):
    say(page, join={f"run.{run.pk}": 0})
    hear_beat(page)
    end = write(line(1, "grüße \u2028 <b>"))
    relay.output(run.pk, end)
    frame = hear(page)
    assert frame["lines"] == [{"seq": 1, "stream": "out", "text": "grüße \u2028 <b>"}]


def test_new_lines_are_found_without_being_told(page, run, write):
    say(page, join={f"run.{run.pk}": 0})
    hear_beat(page)
    write(line(1))
    assert numbers(hear(page)) == [1]


def test_half_a_line_waits_for_its_other_half(page, run, write):
    say(page, join={f"run.{run.pk}": 0})
    hear_beat(page)
    relay.output(run.pk, write(line(1) + line(2)[:7]))
    assert numbers(hear(page)) == [1]
    relay.output(run.pk, write(line(2)[7:]))
    assert numbers(hear(page)) == [2]


def test_a_torn_line_is_left_out_and_the_rest_arrives(page, run, write):
    write(b'{"seq": 1, "te' + line(2) + b"\xff\xfe\n" + line(3))
    say(page, join={f"run.{run.pk}": 0})
    assert numbers(hear(page)) == [3]


def test_two_pages_at_different_offsets_both_get_every_line_once(web, page, run, write):
    write(line(1))
    say(page, join={f"run.{run.pk}": 0})
    assert numbers(hear(page)) == [1]
    seen = write(line(2))
    with web.socket(cookie=session_of(factories.ada())) as late:
        say(late, join={f"run.{run.pk}": seen})
        hear_beat(late)
        relay.output(run.pk, write(line(3)))
        assert numbers(hear(late)) == [3]
        got = numbers(hear(page))
        while got[-1] != 3:
            got += numbers(hear(page))
        assert got == [2, 3]


def test_a_page_far_behind_is_told_to_read_itself_anew(page, run, write):
    end = write(line(1, "x" * 1000) * 3000)
    say(page, join={f"run.{run.pk}": 0})
    assert hear(page) == {"kind": "reset", "topic": f"run.{run.pk}", "seq": end}
    relay.output(run.pk, write(line(2)))
    assert numbers(hear(page)) == [2]


def test_a_page_ahead_of_the_file_is_told_to_read_itself_anew(page, run, write):
    end = write(line(1))
    say(page, join={f"run.{run.pk}": 9999})
    assert hear(page) == {"kind": "reset", "topic": f"run.{run.pk}", "seq": end}


def test_a_line_longer_than_a_chunk_comes_whole(page, run, write):
    say(page, join={f"run.{run.pk}": 0})
    hear_beat(page)
    relay.output(run.pk, write(line(1, "x" * (2 * output.CHUNK))))
    assert len(hear(page)["lines"][0]["text"]) == 2 * output.CHUNK


def test_a_stream_of_lines_arrives_complete_and_in_order(page, run, write):
    say(page, join={f"run.{run.pk}": 0})
    hear_beat(page)
    for first in range(0, 4000, 50):
        relay.output(run.pk, write(b"".join(line(number) for number in range(first, first + 50))))
    got: list[int] = []
    while len(got) < 4000:
        got += numbers(hear(page))
    assert got == list(range(4000))
