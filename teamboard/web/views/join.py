"""Joining by an invitation: a link that works once, for one role."""

from django.http import HttpRequest, HttpResponse

from teamboard.accounts.models import User
from teamboard.board import actions
from teamboard.web import forms, htmx
from teamboard.web.page import page
from teamboard.web.views.signin import address_of, enter


@htmx.door("GET", "POST", public=True)
def show(request: HttpRequest) -> HttpResponse:
    me = request.user if isinstance(request.user, User) else None
    if request.method == "GET":
        return page(request, "door/join.html")
    given = forms.cleaned(forms.Named(request.POST))
    who = {"user": me} if me else {"username": given["username"], "display_name": given["display_name"]}
    membership = actions.accept_invitation(given["secret"], **who, address=address_of(request))
    if me is None:
        enter(request, membership.user)
    return htmx.go(request, f"/p/{membership.project_id}/")
