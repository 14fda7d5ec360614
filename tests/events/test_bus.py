"""The log: gap-free, in order, chained by hashes, told after the commit and only then."""

from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from teamboard.events import bus, queries
from teamboard.events.catalogue import BY_KIND, FACTS, InvitationChanged, TaskCreated
from teamboard.events.models import Event, EventHead


@transaction.atomic
def tell(number: int = 1, project: int = 1) -> int:
    return bus.publish(InvitationChanged(project=project, invitation=number), actor="user:3")


class Subscriber:
    def __init__(self) -> None:
        self.facts: list[bus.Logged] = []

    def __call__(self, logged: bus.Logged) -> None:
        self.facts.append(logged)


@pytest.fixture
def subscriber():
    one = Subscriber()
    bus.subscribe(one)
    yield one
    bus.unsubscribe(one)


def test_facts_are_numbered_from_one_in_each_project(transactional_db):
    assert [tell(), tell(), tell(project=2), tell()] == [1, 2, 1, 3]
    assert (queries.position(1), queries.position(2), queries.position(3)) == (3, 1, 0)


def test_a_fact_comes_back_from_the_log_as_it_was_told(transactional_db):
    tell(7)
    (event,) = queries.after(1, 0)
    assert queries.as_logged(event) == bus.Logged(1, 1, InvitationChanged(project=1, invitation=7))
    assert (event.kind, event.actor, event.data) == ("invitation_changed", "user:3", {"invitation": 7})


def test_a_fact_outside_a_transaction_is_a_bug(transactional_db):
    with pytest.raises(RuntimeError, match="inside the transaction"):
        bus.publish(TaskCreated(project=1, task=1))


def test_subscribers_hear_after_the_commit(transactional_db, subscriber):
    with transaction.atomic():
        tell(5)
        assert subscriber.facts == []
    assert subscriber.facts == [bus.Logged(1, 1, InvitationChanged(project=1, invitation=5))]


def test_what_was_rolled_back_is_neither_logged_nor_told_and_leaves_no_gap(transactional_db, subscriber):
    tell()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell()
        raise ZeroDivisionError
    assert tell() == 2
    assert [logged.seq for logged in subscriber.facts] == [1, 2]
    assert queries.broken_link(1) is None


def test_a_subscriber_that_fails_undoes_nothing_and_stops_nobody(transactional_db, subscriber):
    def fails(logged: bus.Logged) -> None:
        raise RuntimeError("broken on purpose")

    bus.subscribe(fails)
    try:
        other = Subscriber()
        bus.subscribe(other)
        assert tell() == 1
    finally:
        bus.unsubscribe(fails)
        bus.unsubscribe(other)
    assert len(subscriber.facts) == len(other.facts) == 1


def test_subscribing_twice_is_hearing_once(transactional_db, subscriber):
    bus.subscribe(subscriber)
    tell()
    assert len(subscriber.facts) == 1


def test_an_unbroken_chain_is_said_to_be_unbroken(transactional_db):
    for number in range(20):
        tell(number)
    assert queries.broken_link(1) is None
    assert queries.broken_link(99) is None


def test_reading_goes_on_where_it_stopped(transactional_db):
    for number in range(5):
        tell(number)
    assert [event.seq for event in queries.after(1, 2)] == [3, 4, 5]
    assert [event.seq for event in queries.after(1, 0, limit=2)] == [1, 2]


@pytest.mark.parametrize("name", ["kind", "actor", "data", "at", "previous", "hash"])
def test_a_changed_event_breaks_the_chain_where_it_stands(db, name):
    for number in range(5):
        tell(number)
    values = {"data": {"invitation": 99}, "at": Event.objects.get(seq=1).at}
    Event.objects.filter(seq=3).update(**{name: values.get(name, "other")})
    assert queries.broken_link(1) == 3


def test_a_removed_event_breaks_the_chain_where_it_is_missing(db):
    for number in range(5):
        tell(number)
    Event.objects.filter(seq=3).delete()
    assert queries.broken_link(1) == 4


def test_a_cut_off_end_is_noticed(db):
    for number in range(5):
        tell(number)
    Event.objects.filter(seq__gt=3).delete()
    assert queries.broken_link(1) == 4


@pytest.fixture
def protected(db):
    """The product's triggers, which the test database is without; Postgres has kept its own."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for statement in import_module("teamboard.events.migrations.0002_append_only").SQLITE:
                cursor.execute(statement)


@pytest.mark.parametrize("how", ["update", "delete"])
def test_the_database_refuses_to_change_or_remove_what_was_logged(protected, how):
    tell()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        if how == "update":
            Event.objects.update(actor="nobody")
        else:
            Event.objects.filter(seq=1).delete()
    assert Event.objects.get().actor == "user:3"
    assert tell() == 2


def test_every_fact_has_a_kind_of_its_own_and_a_line_that_explains_it():
    assert len(BY_KIND) == len(FACTS)
    for fact in FACTS:
        assert fact.__doc__ is not None, fact
        assert "\n" not in fact.__doc__.strip(), fact


def test_the_head_knows_the_last_hash(transactional_db):
    tell()
    tell()
    assert EventHead.objects.get(pk=1).hash == Event.objects.get(seq=2).hash
