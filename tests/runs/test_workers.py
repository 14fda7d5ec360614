"""Who lives, who is late, who is gone, and what pages are told of it."""

import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from teamboard.lib.owner import own_name
from teamboard.runs import workers
from teamboard.runs.models import Worker
from teamboard.runs.workers import AGENTS, CONTROL, SWEEPER, WEB, Pulse

pytestmark = pytest.mark.django_db


def put(kind: str, *, silent: float = 0, old: float = 60, name: str = "") -> Worker:
    """A process of another machine, so that only its silence tells."""
    now = timezone.now()
    return Worker.objects.create(
        name=name or f"elsewhere-{kind}/7/1",
        kind=kind,
        since=now - timedelta(seconds=old),
        seen_at=now - timedelta(seconds=silent),
    )


def states() -> dict[str, str]:
    return {one.kind: one.state for one in workers.seen()}


def test_silence_makes_late_and_then_gone() -> None:
    put(CONTROL), put(AGENTS, silent=13), put(SWEEPER, silent=16)
    assert states() == {CONTROL: "alive", AGENTS: "late", SWEEPER: "gone"}
    assert workers.missing(workers.seen()) == [WEB, SWEEPER]


def test_a_process_of_this_machine_that_died_is_gone_at_once_and_its_successor_takes_its_place() -> None:
    code = "from teamboard.lib.owner import own_name; print(own_name())"
    died = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    put(CONTROL, name=died)
    assert states() == {CONTROL: "gone"}
    Pulse([CONTROL]).beat()
    assert [row.name for row in Worker.objects.all()] == [own_name()]
    assert states() == {CONTROL: "alive"}


def test_it_is_written_every_few_seconds_only_and_taken_back_at_the_end(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    pulse = Pulse([CONTROL, AGENTS])
    pulse.beat()
    with django_assert_num_queries(0):  # type: ignore[operator]
        pulse.beat()
    assert states() == {"agents+control": "alive"}
    assert workers.missing(workers.seen()) == [WEB, SWEEPER]
    pulse.end()
    assert states() == {}


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ([], "Nothing is being worked on: no worker answers. Start the board again"),
        ([CONTROL], "The agents worker does not answer: no agent and no check is run."),
        ([AGENTS], "The control worker does not answer: nothing is opened, merged or followed."),
        ([AGENTS, CONTROL], ""),
    ],
)
def test_pages_say_what_stands_still(there: list[str], words: str) -> None:
    put(WEB)
    for kind in there:
        put(kind)
    assert workers.silence().startswith(words)
    assert bool(workers.silence()) == bool(words)


def test_a_board_that_has_only_just_started_says_nothing_yet() -> None:
    put(WEB, old=3)
    assert workers.silence() == ""
