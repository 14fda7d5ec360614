"""A write of a page that carries an Idempotency-Key is done once; sent again it is answered as the first time."""

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from teamboard.accounts import repeats
from teamboard.events import bus
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
        watched = bus.WITNESS.set(claim.witness)
        try:
            answer = view(request, *args, **kwargs)
        except BaseException:
            claim.drop()
            raise
        finally:
            bus.WITNESS.reset(watched)
        claim.finish(answer.status_code, answer.content.decode())
        return answer

    return inner
