"""The board: what waits for a person, the lanes, and the agents."""

from django.http import HttpRequest, HttpResponse

from teamboard.parts import board
from teamboard.web import access, htmx
from teamboard.web.page import long_page, topics


@htmx.door("GET")
def show(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid)
    listening = topics(project, f"board.{pid}")
    context, late = board.context(project)
    return long_page(request, "board/page.html", project, late, topics=listening, here="board", **context)
