"""The OpenAPI document: well-formed, and honest about errors."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.conforming import Document


@pytest.fixture
def document() -> Any:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*(references(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*(references(value) for value in node.values()))


def test_every_reference_leads_somewhere(document: Any) -> None:
    assert document["openapi"].startswith("3.")
    for reference in references(document):
        at = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
        assert at


def test_every_parameter_of_an_address_is_described(document: Any) -> None:
    for path, methods in document["paths"].items():
        wanted = {part.strip("{}") for part in path.split("/") if part.startswith("{")}
        for operation in methods.values():
            assert wanted == {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}


def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_every_route_declares_its_errors(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            errors = {status for status in operation["responses"] if status >= "400"}
            if path.endswith("/health"):
                assert errors == {"500", "503"}
                continue
            assert {"401", "403", "404", "422"} <= errors, path
            assert ("409" in errors) == (method != "get")
            (good,) = [status for status in operation["responses"] if status < "400"]
            assert operation["responses"][good]["content"]["application/json"]["schema"], path
            for status in errors:
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}


PROMISED = """
GET health
GET projects/{}/branches
POST projects/{}/changes
GET projects
POST projects
GET projects/{}
GET projects/{}/settings
PATCH projects/{}/settings
POST projects/{}/calibrate
GET projects/{}/grants
POST projects/{}/grants
GET projects/{}/tasks
GET projects/{}/changes
PATCH tasks/{}
POST projects/{}/agents
POST projects/{}/tasks
GET tasks/{}
POST tasks/{}/runs
GET runs/{}
GET runs/{}/output
POST runs/{}/cancel
POST runs/{}/steer
POST runs/{}/answers
GET changes/{}
GET changes/{}/diff
POST changes/{}/threads
POST threads/{}/comments
POST changes/{}/request-changes
POST changes/{}/abandon
POST changes/{}/restore
POST changes/{}/undo
POST projects/{}/queue/freeze
POST projects/{}/queue/unfreeze
POST threads/{}/verify
POST changes/{}/votes
GET projects/{}/queue
GET projects/{}/events
GET attention
POST projects/{}/invitations
GET projects/{}/members
"""


def test_every_route_that_was_promised_is_there(document: Any) -> None:
    found = {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path.removeprefix('/api/v1/'))}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert set(PROMISED.split("\n")) - {""} <= found


def test_posts_say_that_they_take_an_idempotency_key(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            headers = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
            assert headers == (["Idempotency-Key"] if method == "post" else []), path


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"id": 1, "state": "queued"}, "task is missing"),
        ({"id": "1", "state": "queued", "task": 1}, "not integer"),
        ({"id": 1, "state": "queued", "task": 1, "more": 1}, "more is not described"),
    ],
)
def test_an_answer_that_is_not_as_described_is_found(answer: Any, word: str, document: Any) -> None:
    with pytest.raises(AssertionError, match=word):
        Document(document).check("POST", "/api/v1/tasks/1/runs", 200, answer)
