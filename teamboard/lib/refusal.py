"""A refusal in plain words: what is wrong, what to do, and what the world looks like now."""

from typing import Any


class Refused(Exception):
    """Raised by actions; a page shows it as a notice, the API as an error object.

    `status` is the HTTP status a door should use (409: the world moved, 422: the request makes no sense).
    """

    def __init__(
        self, code: str, message: str, *, remedy: str = "", details: dict[str, Any] | None = None, status: int = 409
    ) -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.code = code
        self.message = message
        self.remedy = remedy
        self.details = details or {}
        self.status = status
