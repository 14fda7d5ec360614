"""The OpenAPI document: well-formed, and honest about errors."""

from typing import Any

import pytest
from django.test import Client


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
                assert errors == {"503"}
                continue
            assert {"401", "403", "404", "422"} <= errors, path
            assert ("409" in errors) == (method != "get")
            for status in errors:
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}
