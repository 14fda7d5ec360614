"""What the start of any process connects: output rings the live layer, facts wake tasks, git is guarded."""

from teamboard.events import bus
from teamboard.git import command
from teamboard.live import relay
from teamboard.pipeline import guard, triggers
from teamboard.runs import journal


def test_output_facts_and_the_guard_are_connected() -> None:
    assert relay.output in journal._listeners
    assert triggers.wake in bus._subscribers
    assert command.in_transaction_guard is guard.in_transaction
