"""The start page: the projects of this board, and the way to open one more."""

from functools import partial

from django.http import HttpRequest, HttpResponse

from teamboard.accounts.models import ARCHITECT
from teamboard.board import actions, queries
from teamboard.parts import own
from teamboard.web import access, forms, htmx
from teamboard.web.page import page


@htmx.door("GET")
def show(request: HttpRequest) -> HttpResponse:
    me = access.person(request)
    started, may_open = bool(queries.projects_of(me)), me.instance_role == ARCHITECT
    return page(request, "start/page.html", panel=partial(own.projects, me), started=started, may_open=may_open)


@htmx.door("POST")
def open_repository(request: HttpRequest) -> HttpResponse:
    me = access.must_be_instance_architect(request)
    project = actions.register_project(by=me, **forms.cleaned(forms.OpenRepository(request.POST)))
    return htmx.go(request, f"/p/{project.pk}/branches/")
