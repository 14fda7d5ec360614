"""A write of a page that carries an Idempotency-Key is done once; sent again it is answered as the first time."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from teamboard.accounts import repeats
from teamboard.web import access
from teamboard.web.htmx import View


def once(view: View) -> View:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if not key:
            return view(request, *args, **kwargs)
        claim = repeats.claim(access.person(request), path=request.path, key=key, body=request.body)
        if isinstance(claim, repeats.Kept):
            return HttpResponse(claim.answer, status=claim.status)
        with claim.acting():
            answer = view(request, *args, **kwargs)
        claim.finish(answer.status_code, answer.content.decode())
        return answer

    return inner
