"""The team: members and roles, invitations (the link is shown once), the person's own tokens."""

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import User
from teamboard.board import actions
from teamboard.board.models import Project
from teamboard.lib import sharing
from teamboard.parts import own
from teamboard.parts import team as parts
from teamboard.web import access, forms, htmx
from teamboard.web.page import page, topics


@htmx.door("GET")
def show(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid)
    listening = topics(project, f"team.{pid}")
    context: dict[str, Any] = {"members": parts.members(project), "invitations": parts.invitations(project)}
    context |= {"share": _share(project), "tokens": partial(_tokens, access.person(request))}
    return page(request, "team/page.html", project, topics=listening, here="team", **context)


@htmx.door("POST")
def invite(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    given = forms.cleaned(forms.Invite(request.POST))
    life = timedelta(days=given["days"])
    row, secret = actions.invite(project, role=given["role"], by=access.person(request), expires_in=life)
    link = render_to_string("team/link.html", _reach() | {"secret": secret, "invitation": row, "url": _url(secret)})
    shown = {"link-once": link, "invitations": parts.invitations(project)}
    return htmx.answer(request, shown, to=f"/p/{pid}/team/", say="The link is shown once.")


def _reach() -> dict[str, Any]:
    """Where a teammate reaches the board, and what they compare."""
    share = sharing.current(settings.DATA_DIR)
    if share is not None:
        return {"origin": share.origin, "fingerprint": share.fingerprint, "local": False}
    outside = _outside()
    return {"origin": outside or settings.ORIGIN, "fingerprint": "", "local": not outside}


def _outside() -> str:
    """The first further origin that others can open: behind a tunnel or a proxy."""
    hosts = ((origin, urlsplit(origin).hostname or "") for origin in settings.ORIGINS)
    return next((origin for origin, host in hosts if not host.startswith("127.") and host != "localhost"), "")


def _url(secret: str) -> str:
    return f"{_reach()['origin']}/join/#{secret}"


def _share(project: Project) -> str:
    folder = settings.DATA_DIR
    values = {"project": project, "share": sharing.current(folder), "wanted": sharing.wanted(folder)}
    return render_to_string("team/share.html", values | {"outside": _outside()})


@htmx.door("POST")
def share(request: HttpRequest, pid: int) -> HttpResponse:
    """Wish for a listener on this machine's address; the supervisor makes it."""
    project = access.get_project(request, pid, role=access.ARCHITECT)
    access.must_be_instance_architect(request)
    sharing.ask(settings.DATA_DIR)
    return htmx.answer(request, {"share": _share(project)}, to=f"/p/{pid}/team/")


@htmx.door("POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.get_invitation(request, pk)
    actions.withdraw_invitation(row, by=access.person(request))
    shown = {"invitations": parts.invitations(row.project)}
    return htmx.answer(request, shown, to=f"/p/{row.project_id}/team/", say="Withdrawn.")


@htmx.door("POST")
def change_role(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    given = request.POST.get("user", "")
    user = User.objects.filter(pk=int(given) if given.isdecimal() else 0, memberships__project=project).first()
    if user is None:
        raise Http404
    actions.change_role(project, user=user, role=request.POST.get("role", ""), by=access.person(request))
    return htmx.answer(request, {"members": parts.members(project)}, to=f"/p/{pid}/team/")


@htmx.door("POST")
def rename(request: HttpRequest) -> HttpResponse:
    """How a person is called, wherever they are named; their other pages are told."""
    given = forms.cleaned(forms.OwnName(request.POST))
    me = actions.rename_person(access.person(request), display_name=given["name"], by=access.person(request))
    shown = {"me-mark": own.mark(me), "me-name": own.name(me)}
    return htmx.answer(request, shown, to="/", say=f"You are called {me.label} now.")


def _tokens(me: User, secret: str = "") -> str:
    return render_to_string("team/tokens.html", {"list": own.tokens(me), "secret": secret})


@htmx.door("POST")
def issue_token(request: HttpRequest) -> HttpResponse:
    me = access.person(request)
    _, secret = accounts.issue_token(me, name=request.POST.get("name", ""))
    return htmx.answer(request, {"tokens": _tokens(me, secret)}, to="/", say="The token is shown once.")


@htmx.door("POST")
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    me = access.person(request)
    token = me.tokens.filter(pk=pk).first()
    if token is None:
        raise Http404
    accounts.revoke_token(token, by=me)
    return htmx.answer(request, {"tokens": _tokens(me)}, to="/", say="Revoked.")
