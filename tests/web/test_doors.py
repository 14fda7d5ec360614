"""The first visit names the Architect; a sign-in link works once."""

import pytest
from django.test import Client

from teamboard.accounts import actions
from teamboard.accounts.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_first_visit_names_the_architect() -> None:
    client = Client()
    answer = client.post("/start/", {"secret": actions.start_link(), "username": "ada", "display_name": "Ada"})
    assert answer["Location"] == "/"
    assert User.objects.get().instance_role == "architect"
    assert client.get("/").status_code == 200


def test_a_wrong_secret_names_nobody() -> None:
    actions.start_link()
    answer = Client().post("/start/", {"secret": "wrong", "username": "ada"})
    assert answer.status_code in (404, 422)
    assert not User.objects.exists()


def test_a_sign_in_link_works_once() -> None:
    secret = actions.sign_in_link(factories.ada())
    assert Client().post("/sign-in/link/", {"secret": secret})["Location"] == "/"
    again = Client().post("/sign-in/link/", {"secret": secret})
    assert again.status_code == 422
    assert "used already" in again.content.decode()


def test_leaving_ends_the_session() -> None:
    client = Client()
    client.force_login(factories.ada())
    client.post("/sign-out/")
    assert client.get("/").status_code == 302


def test_leaving_is_told_so_that_open_pages_of_the_session_close() -> None:
    ada, client = factories.ada(), Client()
    client.force_login(ada)
    client.post("/sign-out/")
    assert factories.told(0)[-1] == ("user_changed", ada.actor)


def test_a_visitor_who_leaves_is_nobody_to_tell_of() -> None:
    Client().post("/sign-out/")
    assert factories.told(0) == []
