"""The review inbox of one person."""

from django.http import HttpRequest, HttpResponse

from teamboard.parts import inbox as parts
from teamboard.parts.marks import safe
from teamboard.reviews import queries
from teamboard.web import access
from teamboard.web.htmx import door
from teamboard.web.page import page as whole_page
from teamboard.web.page import topics


@door()
def page(request: HttpRequest, pk: int) -> HttpResponse:
    project = access.get_project(request, pk)
    position = topics(project, f"inbox.{project.pk}")
    me = access.person(request)
    rows = queries.inbox(project, me)
    return whole_page(
        request,
        "inbox/page.html",
        project,
        topics=position,
        here="review",
        lede=safe(parts.lede(parts.turns(rows)["you"])),
        rows=safe(parts.inbox_rows(rows, me)),
    )


@door()
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The list again, for this person: whose turn it is differs for each."""
    project = access.get_project(request, pk)
    me = access.person(request)
    found = queries.inbox(project, me)
    return HttpResponse(parts.lede(parts.turns(found)["you"]) + parts.inbox_rows(found, me))
