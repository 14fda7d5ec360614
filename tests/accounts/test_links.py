"""One-time links: one winner, a time limit, and no answer that helps a guesser."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from teamboard.accounts import actions, limits, queries
from teamboard.accounts.models import OneTimeLink
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_sign_in_link_works_once():
    secret = actions.sign_in_link(make.rui())
    assert actions.use_link(secret).user == make.rui()
    assert actions.use_link(secret) is None


def test_an_expired_and_an_unknown_link_get_the_same_answer():
    secret = actions.sign_in_link(make.rui())
    OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert actions.use_link(secret) is None
    assert actions.use_link("unknown") is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_a_link_at_once_one_wins():
    secret = actions.sign_in_link(make.rui())

    def use(_):
        try:
            return actions.use_link(secret)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = [link for link in pool.map(use, range(8)) if link]
    assert len(won) == 1


def test_the_first_start_names_the_architect():
    user = actions.start_board(actions.start_link(), username="ada", display_name="Ada")
    assert user.instance_role == "architect"
    assert list(queries.architects()) == [user]
    assert make.told(0) == [("user_changed", "board")]


def test_a_refused_name_does_not_use_the_start_link_up():
    secret = actions.start_link()
    with pytest.raises(Refused, match="cannot be a user name"):
        actions.start_board(secret, username="not a name")
    assert actions.start_board(secret, username="ada").username == "ada"


def test_a_newer_start_link_replaces_the_older():
    old, new = actions.start_link(), actions.start_link()
    with pytest.raises(Refused, match="This link cannot be used"):
        actions.start_board(old, username="ada")
    assert actions.start_board(new, username="ada")


def test_a_start_link_tried_as_a_sign_in_is_not_used_up():
    secret = actions.start_link()
    assert actions.use_link(secret) is None
    assert actions.start_board(secret, display_name="Ada Ferrante").username == "ada-ferrante"


def test_there_is_no_second_first_start():
    secret = actions.start_link()
    make.ada()
    with pytest.raises(Refused, match="has its Architect"):
        actions.start_board(secret, username="eve")
    with pytest.raises(Refused, match="has its Architect"):
        actions.start_link()


def test_a_sign_in_link_cannot_name_an_architect():
    link = actions.use_link(actions.sign_in_link(make.eve()))
    with pytest.raises(Refused, match="cannot name an Architect"):
        actions.name_architect(link, username="eve2")


def test_the_two_steps_of_a_first_start_can_be_taken_apart():
    link = actions.use_link(actions.start_link(), purpose=OneTimeLink.START)
    assert actions.name_architect(link, username="ada").instance_role == "architect"


def test_wrong_links_are_counted_by_address():
    for _ in range(limits.PER_ADDRESS):
        assert actions.use_link("wrong", address="10.0.0.1") is None
    secret = actions.sign_in_link(make.rui())
    with pytest.raises(Refused, match="Wait a minute") as refused:
        actions.use_link(secret, address="10.0.0.1")
    assert refused.value.status == 429
    assert actions.use_link(secret, address="10.0.0.2").user == make.rui()


def test_wrong_links_are_counted_in_all_too():
    for number in range(limits.IN_ALL):
        actions.use_link("wrong", address=f"10.0.1.{number}")
    with pytest.raises(Refused, match="Too many wrong links"):
        actions.use_link("wrong", address="10.0.9.9")


def test_right_links_are_never_counted():
    for _ in range(limits.PER_ADDRESS + 2):
        assert actions.use_link(actions.sign_in_link(make.rui()), address="10.0.0.1")
