"""What an architect of the board decides for all of it: the emergency stop, and running without a sandbox."""

from django.http import HttpRequest, HttpResponse

from teamboard.board import actions as board
from teamboard.parts.banner import banners
from teamboard.runs import actions as runs
from teamboard.web import access, htmx


def _answer(request: HttpRequest, say: str) -> HttpResponse:
    return htmx.answer(request, {"banners": banners()}, to="/", say=say)


@htmx.door("POST")
def halt(request: HttpRequest) -> HttpResponse:
    me = access.must_be_instance_architect(request, "stop all agents")
    runs.halt(by=me, reason=request.POST.get("reason", ""))
    return _answer(request, "All agents are stopped.")


@htmx.door("POST")
def release(request: HttpRequest) -> HttpResponse:
    runs.release_halt(by=access.must_be_instance_architect(request, "let agents start again"))
    return _answer(request, "Agents may start again.")


@htmx.door("POST")
def accept(request: HttpRequest) -> HttpResponse:
    me = access.must_be_instance_architect(request, "accept running without isolation")
    board.accept_no_isolation(by=me, sentence=request.POST.get("sentence", ""))
    return _answer(request, "Agents run without isolation now.")


@htmx.door("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    board.revoke_no_isolation(by=access.must_be_instance_architect(request, "end running without isolation"))
    return _answer(request, "Nothing starts without a sandbox any more.")
