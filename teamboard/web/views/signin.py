"""The doors of people: the first visit, and one-time sign-in links. The secret travels in the address's fragment."""

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse

from teamboard.accounts import actions, queries
from teamboard.accounts.models import User
from teamboard.lib.refusal import Refused
from teamboard.web import forms, htmx
from teamboard.web.page import page

BACKEND = "django.contrib.auth.backends.ModelBackend"
USED = "This link was used already, or its time is over."


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")


def enter(request: HttpRequest, user: User) -> None:
    login(request, user, backend=BACKEND)


@htmx.door("GET", "POST", public=True)
def first_visit(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return page(request, "door/start.html", started=queries.has_architect())
    given = forms.cleaned(forms.Named(request.POST))
    user = actions.start_board(**given, address=address_of(request))
    enter(request, user)
    return htmx.go(request, "/")


@htmx.door("GET", public=True)
def show(request: HttpRequest) -> HttpResponse:
    return page(request, "door/sign_in.html")


@htmx.door("POST", public=True)
def by_link(request: HttpRequest) -> HttpResponse:
    given = forms.cleaned(forms.Named(request.POST))
    link = actions.use_link(given["secret"], address=address_of(request))
    if link is None or link.user is None:
        raise Refused("link_invalid", USED, remedy="Ask for a new one: manage.py signin NAME prints it.", status=422)
    enter(request, link.user)
    return htmx.go(request, "/")


@htmx.door("POST", public=True)
def leave(request: HttpRequest) -> HttpResponse:
    who = request.user
    logout(request)
    if isinstance(who, User):
        actions.signed_out(who)
    return htmx.go(request, "/sign-in/")
