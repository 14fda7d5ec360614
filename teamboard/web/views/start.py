"""The start page: the projects of this board, and the way to open one more."""

from django.http import HttpRequest, HttpResponse

from teamboard.accounts.models import ARCHITECT
from teamboard.board import actions, queries
from teamboard.web import access, forms, htmx
from teamboard.web.page import page


@htmx.door("GET")
def show(request: HttpRequest) -> HttpResponse:
    me = access.person(request)
    mine = [(project, queries.role_in(me, project)) for project in queries.projects_of(me)]
    return page(request, "start/page.html", mine=mine, may_open=me.instance_role == ARCHITECT)


@htmx.door("POST")
def open_repository(request: HttpRequest) -> HttpResponse:
    me = access.must_be_instance_architect(request)
    project = actions.register_project(by=me, **forms.cleaned(forms.OpenRepository(request.POST)))
    return htmx.go(request, f"/p/{project.pk}/branches/")
