"""The merge queue, and the brake."""

from django.http import HttpRequest, HttpResponse

from teamboard.gate import actions as gate
from teamboard.parts import queue as parts
from teamboard.web import access
from teamboard.web.access import ARCHITECT
from teamboard.web.htmx import door
from teamboard.web.page import page as whole_page
from teamboard.web.page import topics


@door()
def page(request: HttpRequest, pk: int) -> HttpResponse:
    project = access.get_project(request, pk)
    position = topics(project, f"queue.{project.pk}")
    return whole_page(request, "queue/page.html", project, topics=position, here="queue", **parts.page_pieces(project))


@door("POST")
def freeze(request: HttpRequest, pk: int) -> HttpResponse:
    project = access.get_project(request, pk, role=ARCHITECT)
    gate.freeze(project, request.POST.get("reason", ""), by=access.person(request))
    return HttpResponse(parts.freeze_state(project))


@door("POST")
def unfreeze(request: HttpRequest, pk: int) -> HttpResponse:
    project = access.get_project(request, pk, role=ARCHITECT)
    gate.unfreeze(project, by=access.person(request))
    return HttpResponse(parts.freeze_state(project))
