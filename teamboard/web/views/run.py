"""A run: what it does, what it asks, and what a person says to it."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from teamboard.lib.refusal import Refused
from teamboard.parts import cost, stream, suggested
from teamboard.parts import run as parts
from teamboard.runs import actions, queries
from teamboard.runs.journal import Journal
from teamboard.runs.models import Run
from teamboard.web import access, forms, htmx
from teamboard.web.page import page, topics


def _answer(request: HttpRequest, run: Run, *, without: str = "", say: str = "") -> HttpResponse:
    fresh = queries.run_page(run.pk)
    changed = {
        "run-head": parts.head(fresh),
        "timeline": parts.timeline(fresh),
        "run-sent": parts.sent(fresh),
        "run-acts": parts.acts(fresh),
        "run-cost": cost.of_run(fresh),
    }
    if without:
        changed[without] = ""
    return htmx.answer(request, changed, to=f"/runs/{run.pk}/", say=say)


@htmx.door("GET")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    run = access.get_run(request, pk)
    listening = topics(run, f"runstate.{pk}", f"task.{run.task_id}")
    context = parts.context(queries.run_page(pk))
    listening += f" run.{pk}:{context['offset']}"
    return page(request, "run/page.html", run.project, topics=listening, here="board", **context)


@htmx.door("GET")
def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Lines after a position, for a page that was away."""
    run = access.get_run(request, pk)
    after = request.GET.get("after", "0")
    found = Journal(run.pk).read(int(after) if after.isdecimal() else 0)
    return JsonResponse({"lines": found.lines, "next": found.next})


@htmx.door("GET")
def older(request: HttpRequest, pk: int) -> HttpResponse:
    """What the run said before a position, as the page draws it."""
    run = access.get_run(request, pk)
    given = request.GET.get("before", "")
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise Refused("invalid", "before must be a position in the output.", status=422)
    return HttpResponse(stream.page(run.pk, Journal(run.pk).before(int(given), stream.OLDER)))


@htmx.door("POST")
def steer(request: HttpRequest, pk: int) -> HttpResponse:
    run = access.get_run(request, pk, role=access.REVIEWER)
    actions.steer(run, request.POST.get("text", ""), by=access.person(request))
    return _answer(request, run, say="Sent.")


@htmx.door("POST")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    run = access.get_run(request, pk, role=access.ARCHITECT)
    actions.cancel_run(run, by=access.person(request))
    return _answer(request, run, say="Stopped.")


@htmx.door("POST")
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    run = access.get_run(request, pk, role=access.ARCHITECT)
    actions.resume_run(run, by=access.person(request))
    return _answer(request, run, say="It goes on.")


@htmx.door("POST")
def allow(request: HttpRequest, pk: int) -> HttpResponse:
    """More room for every budget that holds it up, and on it goes."""
    run = access.get_run(request, pk, role=access.ARCHITECT)
    given = forms.cleaned(forms.Room(request.POST))
    actions.allow_more(run, by=access.person(request), **given)
    return _answer(request, run, say="It may use more, and goes on.")


@htmx.door("POST")
def continue_from(request: HttpRequest, pk: int) -> HttpResponse:
    """A new run of the same task, by the same agent, from the files of a checkpoint."""
    kept = access.get_checkpoint(request, pk, role=access.ARCHITECT)
    run = actions.start_run(kept.run.task, by=access.person(request), checkpoint=kept)
    return htmx.go(request, f"/runs/{run.pk}/")


@htmx.door("POST")
def answer_question(request: HttpRequest, pk: int) -> HttpResponse:
    question = access.get_question(request, pk, role=access.REVIEWER)
    actions.answer(question, request.POST.get("text", ""), by=access.person(request))
    return _answer(request, question.run, without=f"question-{pk}", say="Answered.")


@htmx.door("POST")
def accept_suggested(request: HttpRequest, pk: int) -> HttpResponse:
    """A card in the backlog; starting it is another button."""
    row = access.get_suggested_task(request, pk, role=access.REVIEWER)
    task = actions.accept_suggested_task(row, by=access.person(request))
    return _decided(request, row.run, say=f"{task.ref} is in the backlog.")


@htmx.door("POST")
def dismiss_suggested(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.get_suggested_task(request, pk, role=access.REVIEWER)
    actions.dismiss_suggested_task(row, by=access.person(request))
    return _decided(request, row.run, say="Dismissed.")


def _decided(request: HttpRequest, run: Run, *, say: str) -> HttpResponse:
    return htmx.answer(request, {"run-suggested": suggested.panel(run)}, to=f"/runs/{run.pk}/", say=say)
