"""A project with a member of each role, and clients that are signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from teamboard.accounts.models import User
from teamboard.board.models import Project
from tests import factories


@pytest.fixture
def project(db: None) -> Project:
    found = factories.project()
    factories.ada(), factories.rui(found), factories.olga(found), factories.eve()
    return found


@pytest.fixture
def signed_in(project: Project) -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client(headers={"HX-Request": "true"})
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def ada(signed_in: Callable[[User], Client]) -> Client:
    return signed_in(factories.ada())


@pytest.fixture
def rui(signed_in: Callable[[User], Client], project: Project) -> Client:
    return signed_in(factories.rui(project))


@pytest.fixture
def olga(signed_in: Callable[[User], Client], project: Project) -> Client:
    return signed_in(factories.olga(project))


@pytest.fixture
def eve(signed_in: Callable[[User], Client]) -> Client:
    return signed_in(factories.eve())
