"""A project with a member of each role, clients that are signed in, and pages in a real Chromium."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from teamboard.accounts.models import User
from teamboard.board.models import Project
from tests import factories
from tests.browser.chromium import chromium as started


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright runs a loop in this thread; the tests' own database calls are plain ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with started() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """A signed-in page; the test fails when a script of it fails or the browser refuses one."""
    contexts, errors = [], []

    def go(user: User, path: str, *, init: str = "", **options: Any) -> Page:
        client = Client()
        client.force_login(user)
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        cookies = client.cookies.items()
        context.add_cookies([{"name": name, "value": c.value, "url": live_server.url} for name, c in cookies])
        context.add_init_script(init)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(live_server.url + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []
