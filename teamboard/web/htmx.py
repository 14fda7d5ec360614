"""How pages answer: whole pages, parts for htmx, and refusals as notices."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from teamboard.lib.refusal import Refused
from teamboard.lib.statemachine import StaleState
from teamboard.parts.marks import esc

View = Callable[..., HttpResponse]
MOVED = Refused("stale_state", "Somebody else was quicker.", remedy="The page shows what is true now.")


def wants_parts(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def door(*methods: str, public: bool = False) -> Callable[[View], View]:
    """Every view stands behind one: the right method, a signed-in person, refusals said in plain words."""

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refused as refusal:
                return refused(request, refusal)
            except StaleState:
                return refused(request, MOVED)

        guarded = inner if public else login_required(inner)
        return require_http_methods(methods or ("GET", "HEAD"))(guarded)

    return wrap


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A notice with its code; the page puts it beside what was clicked (header X-Notice)."""
    context = {"refusal": refusal, "back": request.headers.get("Referer", "/")}
    template = "notice.html" if wants_parts(request) else "refused.html"
    response = render(request, template, context, status=refusal.status)
    response["X-Notice"] = refusal.code
    return response


def invalid(form: Any) -> Refused:
    """The first thing that is wrong with a form, as a refusal."""
    field, errors = next(iter(form.errors.items()))
    label = "" if field == "__all__" else f"{form.fields[field].label or field.replace('_', ' ').capitalize()}: "
    return Refused("invalid", f"{label}{errors[0]}", status=422, details={"field": field})


def answer(
    request: HttpRequest, parts: dict[str, str], *, to: str, say: str = "", append: tuple[str, str] | None = None
) -> HttpResponse:
    """The changed parts by DOM id, each replacing its predecessor; without htmx: back to the page.

    `append` is (list's id, item). What a live frame brings as well is harmless: both show what is true now.
    """
    if not wants_parts(request):
        return HttpResponseRedirect(to)
    pieces = [_partial(target, "outerHTML", html) for target, html in parts.items()]
    if append:
        pieces.append(_partial(append[0], "beforeend", append[1]))
    if say:
        pieces.append(_partial("announce", "innerHTML", esc(say)))
    return HttpResponse("".join(pieces)) if pieces else HttpResponse(status=204)


def _partial(target: str, swap: str, html: str) -> str:
    return f'<hx-partial hx-target="#{esc(target)}" hx-swap="{swap}">{html}</hx-partial>'


def go(request: HttpRequest, to: str) -> HttpResponse:
    """On to another page, also when htmx asked."""
    if not wants_parts(request):
        return HttpResponseRedirect(to)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = to
    return response


def fragment(request: HttpRequest, template: str, context: dict[str, Any]) -> str:
    return render_to_string(template, context, request)
