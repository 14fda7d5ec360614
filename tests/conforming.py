"""Answers are held against the board's own OpenAPI document: what is told is described, what is described is told."""

import re
from typing import Any

KINDS: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
    "null": type(None),
}  # fmt: skip


class Document:
    """As much of JSON Schema as our own document uses."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.paths = [(re.compile(re.sub(r"\{\w+\}", r"[^/]+", path) + "$"), path) for path in body["paths"]]

    def check(self, method: str, path: str, status: int, answer: Any) -> None:
        """AssertionError where an answer is not as described; an address that is not there has no description."""
        operation = self._operation(method, path.partition("?")[0])
        if operation is None:
            assert status in (404, 405, 413), f"{method} {path} is not described"
            return
        described = operation["responses"].get(str(status))
        assert described, f"{method} {path} may not answer {status}: {answer}"
        wrong = self.problems(answer, described["content"]["application/json"]["schema"], "answer")
        assert not wrong, f"{method} {path} {status}: {wrong}"

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, name in self.paths:
            if pattern.match(path):
                found: dict[str, Any] | None = self.body["paths"][name].get(method.lower())
                return found
        return None

    def problems(self, value: Any, schema: dict[str, Any], at: str) -> list[str]:
        if "$ref" in schema:
            return self.problems(value, self.body["components"]["schemas"][schema["$ref"].rpartition("/")[2]], at)
        if "anyOf" in schema:
            tried = [self.problems(value, one, at) for one in schema["anyOf"]]
            return [] if [] in tried else min(tried, key=len)
        kind = schema.get("type")
        if kind and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
            return [f"{at} is {value!r}, not {kind}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{at} is {value!r}, not one of {schema['enum']}"]
        if isinstance(value, list):
            return self._all(enumerate(value), lambda _: schema.get("items", {}), at)
        if isinstance(value, dict) and "properties" in schema:
            return self._fields(value, schema, at)
        return []

    def _fields(self, value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
        known = schema["properties"]
        missing = [f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        more = [f"{at}.{name} is not described" for name in value if name not in known]
        return missing + more + self._all(value.items(), lambda name: known.get(name, {}), at)

    def _all(self, items: Any, schema_of: Any, at: str) -> list[str]:
        return [one for name, item in items for one in self.problems(item, schema_of(name), f"{at}.{name}")]
