"""The worker's own start: output rings the live layer, and git is refused inside a transaction."""

from teamboard.celery import tell_of_output
from teamboard.events import bus
from teamboard.git import command
from teamboard.live import relay
from teamboard.pipeline import guard, triggers
from teamboard.runs import journal


def test_a_worker_tells_the_live_layer_of_output() -> None:
    tell_of_output()
    try:
        assert relay.output in journal._listeners
    finally:
        journal._listeners.remove(relay.output)


def test_facts_wake_tasks_and_git_is_guarded() -> None:
    assert triggers.wake in bus._subscribers
    assert command.in_transaction_guard is guard.in_transaction
