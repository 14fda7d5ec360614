"""Every error has one shape: {"error": {"code", "message", "details"}}."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from teamboard.lib.refusal import Refused
from teamboard.lib.statemachine import StaleState

log = logging.getLogger(__name__)

NO_ADDRESS = "There is no such address. What there is stands in /api/v1/openapi.json."
WORDS = {
    400: ("bad_request", "The request cannot be read."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", NO_ADDRESS),
    413: ("too_big", "The request is too big."),
}
RETRY_SECONDS = {429: "60", 503: "1"}


def error(status: int, code: str, message: str, details: dict[str, Any] | None = None) -> HttpResponse:
    answer = JsonResponse({"error": {"code": code, "message": message, "details": details or {}}}, status=status)
    if status in RETRY_SECONDS:
        answer["Retry-After"] = RETRY_SECONDS[status]
    return answer


def refusal(exc: Refused) -> HttpResponse:
    return error(exc.status, exc.code, str(exc), exc.details | ({"remedy": exc.remedy} if exc.remedy else {}))


def busy(exc: Exception) -> HttpResponse:
    log.warning("the database did not answer: %s", exc)
    return error(503, "busy", "The database is busy or away. Send it again in a moment.", {"retry": True})


def install(api: NinjaAPI) -> None:
    """Turn what routes raise into errors of the one shape."""

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, exc: Refused) -> HttpResponse:
        return refusal(exc)

    @api.exception_handler(StaleState)
    def stale(request: HttpRequest, exc: StaleState) -> HttpResponse:
        return error(409, "stale_state", "Somebody else was faster. Read it again and repeat what still makes sense.")

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def away(request: HttpRequest, exc: Exception) -> HttpResponse:
        return busy(exc)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        problems = [{"field": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in exc.errors]
        words = "; ".join(f"{p['field']}: {p['problem']}" for p in problems)
        return error(422, "invalid", f"The request does not fit: {words}.", {"problems": problems})

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        answer = error(401, "unauthenticated", "Send a valid token: Authorization: Bearer TOKEN.")
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(RequestDataTooBig)
    def too_big(request: HttpRequest, exc: RequestDataTooBig) -> HttpResponse:
        return error(413, *WORDS[413])

    @api.exception_handler(Http404)
    def nothing(request: HttpRequest, exc: Http404) -> HttpResponse:
        return error(404, *WORDS[404])

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, exc: HttpError) -> HttpResponse:
        if exc.status_code == 400:
            reason = str(exc.__cause__ or exc)
            return error(400, "bad_request", f"The body is not JSON as it should be: {reason}.", {"reason": reason})
        return error(exc.status_code, "refused", str(exc))


def shaped(answer: HttpResponseBase) -> HttpResponseBase:
    """What Django itself answers (no such address, wrong method, a crash) in the one shape, headers kept."""
    if answer.status_code < 400 or answer.headers.get("Content-Type", "").startswith("application/json"):
        return answer
    made = error(answer.status_code, *_words(answer))
    for name in ("Allow", "Retry-After"):
        if name in answer.headers:
            made[name] = answer.headers[name]
    return made


def _words(answer: HttpResponseBase) -> tuple[str, str]:
    if answer.status_code == 405:
        return "method_not_allowed", f"This address knows {answer.headers.get('Allow', 'other methods')} only."
    if answer.status_code >= 500:
        return "internal_error", "The board failed at this; its log of the web process says why."
    known = HTTPStatus(answer.status_code)
    return WORDS.get(answer.status_code, (known.name.lower(), f"{known.phrase}."))
