"""The OpenAPI document: what ninja knows of the routes, with the errors that every one of them may answer."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string", "example": "stale_patch_set"},
                "message": {"type": "string"},
                "details": {"type": "object"},
            },
        }
    },
}
WORDS = {
    400: "The request is not JSON.",
    401: "There is no valid token.",
    403: "The caller's role is too low.",
    404: "There is no such thing, or it is not the caller's to see.",
    409: "The world moved; the message says what is current.",
    413: "Too much at once.",
    422: "The request does not fit; unknown fields are refused.",
    429: "Too many requests.",
    500: "The board failed; its log says why.",
    503: "Something the board needs does not answer.",
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": (
        "Any text of your own, a new one for each thing to be done. For 24 hours the same key with the same body at "
        "the same address gives the first answer again and does nothing; another body is refused with 422. While the "
        "first is at work the answer is 409 with details.retry true. If the board died after it did something and "
        "before it answered, it is 409 answer_lost with details.retry false: look; it is never done twice."
    ),
}
READS = (401, 403, 404, 422, 429, 503)
WRITES = tuple(status for status in WORDS if status != 500)


class Documented(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        document["components"].setdefault("schemas", {})["Error"] = ERROR
        for methods in document["paths"].values():
            for method, operation in methods.items():
                _declare(operation, READS if method == "get" else WRITES)
                if method == "post":
                    operation.setdefault("parameters", []).append(KEY)
        return document


def _declare(operation: dict[str, Any], statuses: tuple[int, ...]) -> None:
    """A route without a token in front of it answers with none of these but the last. Any may fail."""
    for status in (*(statuses if operation.get("security") else statuses[-1:]), 500):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        operation["responses"].setdefault(status, {"description": WORDS[status], "content": content})
