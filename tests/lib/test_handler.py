"""Pages behind ASGI: the same answers, with few changes of threads."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.core.handlers.asgi import ASGIHandler

from teamboard.lib import handler

App = Callable[..., Any]


def scope(path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 9),
    }


async def visit(app: App, path: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    asked, never = iter([{"type": "http.request", "body": b""}]), asyncio.Event()

    async def receive() -> dict[str, Any]:
        for message in asked:
            return message
        await never.wait()
        raise AssertionError("nobody leaves")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope(path), receive, send)
    return sent


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every call that goes from the loop's thread to another."""
    seen: list[Any] = []
    call = SyncToAsync.__call__

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(self.func)
        return await call(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    return seen


@pytest.mark.django_db(transaction=True)
def test_a_page_changes_threads_for_its_beginning_its_answer_and_its_end(changes: list[Any]) -> None:
    before = asyncio.run(visit(ASGIHandler(), "/sign-in/"))
    usual = len(changes)
    changes.clear()
    after = asyncio.run(visit(handler.application(), "/sign-in/"))
    assert [one["status"] for one in (before[0], after[0])] == [200, 200]
    assert {name for name, _ in before[0]["headers"]} == {name for name, _ in after[0]["headers"]}
    assert (len(changes), usual > 10) == (3, True)


@pytest.mark.django_db(transaction=True)
def test_an_error_is_still_a_page(changes: list[Any]) -> None:
    assert asyncio.run(visit(handler.application(), "/nowhere/"))[0]["status"] == 404
