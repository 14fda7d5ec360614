"""One of everything behind the API, and callers with tokens."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.test import Client

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import User
from tests import factories, scene
from tests.conforming import Document
from tests.scene import Scene

Calls = Callable[..., Any]


@cache
def document() -> Document:
    return Document(Client().get("/api/v1/openapi.json").json())


class Caller:
    """A script with a token: `caller.get("tasks/3")`, JSON in and out, each answer held against the document."""

    def __init__(self, user: User | None) -> None:
        secret = accounts.issue_token(user, name="test")[1] if user else "wrong"
        self.header = f"Bearer {secret}"
        self.client = Client(headers={"Authorization": self.header})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        url = path if path.startswith("/") else f"/api/v1/{path}"
        data = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = getattr(self.client, method.lower())(url, **data, headers=headers or None)
        document().check(method, url, answer.status_code, answer.json())
        return answer

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body if body is not None else {}, **headers)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """One scene for a module; the tables are emptied after it, for it lives outside of any transaction."""
    with django_db_blocker.unblock():
        yield scene.build(tmp_path_factory.mktemp("api"))
        scene.clear()


@pytest.fixture
def callers(built: Scene, db: None) -> dict[str, Caller]:
    return {
        "ada": Caller(factories.ada()),
        "rui": Caller(factories.rui(built.project)),
        "olga": Caller(factories.olga(built.project)),
        "eve": Caller(factories.eve()),
        "nobody": Caller(None),
    }
