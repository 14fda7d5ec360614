"""Bodies that are not quite JSON are answered in the words of the API; foreign addresses are not answered at all."""

import http.client
from collections.abc import Iterator

import pytest
from django.test import Client
from websockets.exceptions import InvalidHandshake, InvalidStatus

from teamboard.accounts import actions as accounts
from teamboard.board.models import Project
from teamboard.live.guard import OriginGuard
from tests import factories
from tests.hostile.requests import BODIES, FOREIGN
from tests.live.conftest import Web, relay_to, served, session_of, valkey, web

__all__ = ["relay_to", "served", "valkey", "web"]


@pytest.fixture
def project(db: None) -> Project:
    return factories.project()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_is_taken_or_refused_in_the_words_of_the_api(project: Project, body: bytes) -> None:
    _, secret = accounts.issue_token(factories.ada(), "script")
    client = Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)
    answer = client.post(f"/api/v1/projects/{project.pk}/tasks", data=body, content_type="application/json")
    if answer.status_code == 200:
        assert project.tasks.get().title in ("x", "y", "a\ufffdb", "ab")
        return
    assert answer.status_code in (400, 413, 422), answer.content[:300]
    error = answer.json()["error"]
    assert error["code"]
    assert error["message"].endswith((".", ":")) or error["details"]
    assert not project.tasks.exists()


@pytest.fixture
def ask(web: Web) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    yield connection
    connection.close()


def filled(headers: list[tuple[str, str]], web: Web) -> list[tuple[str, str]]:
    return [(name, value.format(port=web.port, origin=web.origin)) for name, value in headers]


@pytest.mark.parametrize(("method", "headers"), FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_address_never_reaches_a_page(
    web: Web, ask: http.client.HTTPConnection, method: str, headers: list[tuple[str, str]]
) -> None:
    ask.putrequest(method, "/p/1/", skip_host=True, skip_accept_encoding=True)
    for name, value in [*filled(headers, web), ("Content-Length", "0")]:
        ask.putheader(name, value)
    ask.endheaders()
    answer = ask.getresponse()
    assert answer.status in (400, 403, 421), answer.read()
    assert b"/p/1/" not in answer.read()


@pytest.mark.parametrize("name", [name for name, (_, headers) in FOREIGN.items() if headers[-1][0] == "Origin"])
def test_a_foreign_site_opens_no_socket_even_with_the_cookie(web: Web, name: str) -> None:
    """The last of its origins, which is what a library sends; two of them are refused before (above)."""
    origins = [value for header, value in filled(FOREIGN[name][1], web) if header == "Origin"]
    if origins[-1] == web.origin:
        origins.reverse()
    with (
        pytest.raises((InvalidStatus, InvalidHandshake)),
        web.socket(cookie=session_of(factories.ada()), origin=origins[-1] or "null"),
    ):
        pass


def test_the_guard_stands_before_everything() -> None:
    from teamboard.asgi import application

    assert isinstance(application, OriginGuard)
