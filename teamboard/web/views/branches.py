"""What is already here, and the way to put it under review."""

from django.http import HttpRequest, HttpResponse

from teamboard.parts import branches
from teamboard.reviews import adoption
from teamboard.web import access, htmx
from teamboard.web.page import page, topics


@htmx.door("GET")
def show(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid)
    listening = topics(project, f"branches.{pid}", f"settings.{pid}")
    panel = branches.panel(project)
    return page(request, "branches/page.html", project, topics=listening, here="branches", panel=panel)


@htmx.door("POST")
def adopt(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.REVIEWER)
    change = adoption.adopt(project, request.POST.get("branch", ""), by=access.person(request))
    return htmx.go(request, f"/changes/{change.pk}/")
