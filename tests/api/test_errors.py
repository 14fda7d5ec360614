"""Whatever goes wrong under /api/, the answer is JSON of the one shape."""

import json
import sqlite3
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from teamboard.api.urls import api
from tests import factories
from tests.api.conftest import Caller


def told(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith("application/json")
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message", "details"}
    assert (body["error"]["code"], type(body["error"]["details"])) == (code, dict)
    assert body["error"]["message"].endswith(".")
    return dict(body["error"])


@pytest.fixture
def ada(db: None) -> Caller:
    return Caller(factories.ada())


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v1/nothing/", "/api/v2/health", "/api/x"]
)
def test_an_unknown_address(path: str, ada: Caller) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert "openapi.json" in told(ada.call(method, path), 404, "not_found")["message"]


def routes() -> list[tuple[str, set[str]]]:
    paths = dict(api.get_openapi_schema())["paths"]
    return [(path, {method.upper() for method in methods}) for path, methods in sorted(paths.items())]


@pytest.mark.parametrize(("path", "known"), routes())
def test_a_wrong_method_is_told_the_right_ones(path: str, known: set[str], ada: Caller) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
        answer = ada.call(method, path.format(pk=1, grant=1, scope="task"))
        error = told(answer, 405, "method_not_allowed")
        assert set(answer["Allow"].split(", ")) >= known
        assert all(one in error["message"] for one in known)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{not json", "Expecting"),
        (b"\xff\xfe{}", "JSON"),
        (b'{"title": NaN}', "NaN"),
        (b'{"title": "\\ud800"}', "surrogate"),
        (b'{"title": "a\\u0000b"}', "NUL"),
        (b"[" * 100_000, "deep"),
        (b'{"title": ' + b"[" * 60 + b"]" * 60 + b"}", "deep"),
    ],
)
def test_a_body_that_is_not_json(body: bytes, word: str, ada: Caller) -> None:
    pk = factories.project().pk
    answer = Client(headers={"Authorization": ada.header}).post(
        f"/api/v1/projects/{pk}/tasks", body, content_type="application/json"
    )
    assert word in told(answer, 400, "bad_request")["message"]


def test_json_of_another_kind(ada: Caller) -> None:
    told(ada.post(f"projects/{factories.project().pk}/tasks", [1]), 422, "invalid")


@pytest.mark.parametrize("path", ["projects/x", "projects/99999999999999999999999", "tasks/-1", "changes/1.5/diff"])
def test_an_id_that_is_none(path: str, ada: Caller) -> None:
    answer = ada.get(path)
    told(answer, answer.status_code, {404: "not_found", 422: "invalid"}[answer.status_code])


def test_too_big_a_body(ada: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    error = told(ada.post("projects", {"name": "x" * 2000}), 413, "too_big")
    assert "at most 1,000" in error["message"]


def test_no_token_and_a_wrong_one(db: None) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic eDp4"},
        {"Authorization": "Bearer"},
    ):
        answer = Client(headers=headers).get("/api/v1/projects")
        told(answer, 401, "unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_locked_is_asked_again_later() -> None:
    ada, project = Caller(factories.ada()), factories.project()
    holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50")
    holder.execute("BEGIN IMMEDIATE")
    try:
        for headers in ({}, {"Idempotency-Key": "one"}):
            answer = ada.post(f"projects/{project.pk}/tasks", {"title": "Later"}, **headers)
            told(answer, 503, "busy")
            assert answer["Retry-After"] == "1"
    finally:
        holder.close()
        connection.close()
    assert ada.post(f"projects/{project.pk}/tasks", {"title": "Later"}).status_code == 200
    assert project.tasks.count() == 1


def test_a_crash_names_no_secret_and_no_path(ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("/some/where")

    monkeypatch.setattr("teamboard.board.queries.projects_of", broken)
    ada.client.raise_request_exception = False
    answer = ada.get("projects")
    told(answer, 500, "internal_error")
    assert "/some/where" not in json.dumps(answer.json())
