"""What stands before every address under /api/: sizes, one shape for errors, and requests that are sent twice."""

from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from teamboard.accounts import actions as accounts
from teamboard.accounts import repeats
from teamboard.accounts.models import User
from teamboard.api import errors
from teamboard.lib.refusal import Refused

LONGEST_KEY = 200
Next = Callable[[HttpRequest], HttpResponseBase]


class ApiDoor:
    """Middleware; pages pass it untouched."""

    def __init__(self, get_response: Next) -> None:
        self._go_on = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/api/"):
            return self._go_on(request)
        try:
            return errors.shaped(self._answer(request))
        except Refused as refused:
            return errors.refusal(refused)
        except (OperationalError, InterfaceError) as problem:
            return errors.busy(problem)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        _check_size(request)
        key = request.headers.get("Idempotency-Key")
        user = _caller(request) if key is not None and request.method == "POST" else None
        if key is None or user is None:
            return self._go_on(request)
        return self._once(request, user, _checked(key))

    def _once(self, request: HttpRequest, user: User, key: str) -> HttpResponseBase:
        claim = repeats.claim(user, path=request.path, key=key, body=request.body)
        if isinstance(claim, repeats.Kept):
            again = HttpResponse(claim.answer, status=claim.status, content_type="application/json; charset=utf-8")
            again["Idempotency-Replayed"] = "true"
            return again
        with claim.acting():
            answer = errors.shaped(self._go_on(request))
        if isinstance(answer, HttpResponse) and answer.status_code < 500 and answer.status_code != 429:
            claim.finish(answer.status_code, answer.content.decode())
        else:
            claim.drop()
        return answer


def _check_size(request: HttpRequest) -> None:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    given = request.headers.get("Content-Length", "")
    # A body that comes in chunks names no length; the server has spooled it by now.
    length = int(given) if given.isdecimal() else len(request.body) if request.method not in ("GET", "HEAD") else 0
    if length > most:
        raise Refused(
            "too_big", f"{length:,} bytes are too many.", remedy=f"Send at most {most:,} at once.", status=413
        )


def _caller(request: HttpRequest) -> User | None:
    """The route asks again; without a valid token it refuses, and there is nothing to keep."""
    word, _, secret = request.headers.get("Authorization", "").partition(" ")
    return accounts.user_of_token(secret.strip()) if word.lower() == "bearer" else None


def _checked(key: str) -> str:
    if not key or len(key) > LONGEST_KEY or not key.isprintable() or not key.isascii():
        raise Refused(
            "bad_key",
            "This is no Idempotency-Key.",
            remedy=f"Use 1 to {LONGEST_KEY} printable letters, a new UUID for example.",
            status=422,
        )
    return key
