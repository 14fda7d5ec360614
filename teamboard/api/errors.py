"""Every error has one shape: {"error": {"code", "message", "details"}}."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from teamboard.lib.refusal import Refused
from teamboard.lib.statemachine import StaleState


def error(status: int, code: str, message: str, details: dict[str, Any] | None = None) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "message": message, "details": details or {}}}, status=status)


def install(api: NinjaAPI) -> None:
    """Turn what routes raise into errors of the one shape."""

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, exc: Refused) -> HttpResponse:
        details = exc.details | ({"remedy": exc.remedy} if exc.remedy else {})
        return error(exc.status, exc.code, str(exc), details)

    @api.exception_handler(StaleState)
    def stale(request: HttpRequest, exc: StaleState) -> HttpResponse:
        return error(409, "stale_state", "Somebody else was faster. Read it again and repeat what still makes sense.")

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in exc.errors]
        words = "; ".join(f"{p['field']}: {p['problem']}" for p in problems)
        return error(422, "invalid", f"The request does not fit: {words}.", {"problems": problems})

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        return error(401, "unauthenticated", "Send a valid token: Authorization: Bearer TOKEN.")

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, exc: HttpError) -> HttpResponse:
        return error(exc.status_code, "bad_request" if exc.status_code == 400 else "refused", str(exc))
