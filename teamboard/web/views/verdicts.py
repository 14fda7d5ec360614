"""Votes and verdicts on a change. Each answers with the pieces of the head that it changed."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from teamboard.gate import actions as gate
from teamboard.git.diff import shown_path
from teamboard.lib.refusal import Refused
from teamboard.parts import change as head
from teamboard.parts.verdict import verdict
from teamboard.reviews import actions
from teamboard.reviews.models import Change, PatchSet
from teamboard.web import access
from teamboard.web.access import ARCHITECT, REVIEWER
from teamboard.web.htmx import door
from teamboard.web.views.change import reader_of, sight_of, thread_html


def _head(request: HttpRequest, change: Change) -> HttpResponse:
    seen, reader = sight_of(request, change), reader_of(request, change.project)
    return HttpResponse(
        head.what(change)
        + head.vote_list(change)
        + verdict(change, seen, reader)
        + head.requirement_list(change)
        + head.notices(change)
    )


def _decided_on(request: HttpRequest, change: Change) -> PatchSet:
    """What the button named, not what is newest by now: the action refuses a stale one."""
    number = request.POST.get("number", "")
    if not (number.isascii() and number.isdigit()):
        raise Refused("invalid", "The vote names no patch set.", remedy="Load the page again.", status=422)
    return access.get_patch_set(request, change.pk, int(number))


def _require_acknowledged(patch_set: PatchSet, waived: list[str]) -> None:
    if patch_set.guarded and "guarded" not in waived:
        names = ", ".join(shown_path(path) for path in patch_set.guarded[:5])
        raise Refused("guarded", f"It touches guarded files: {names}.", remedy="Acknowledge them in the question.")


@door("POST")
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk, role=ARCHITECT)
    patch_set, waived = _decided_on(request, change), request.POST.getlist("waive")
    _require_acknowledged(patch_set, waived)
    gate.approve(
        change,
        patch_set,
        request.POST.get("head", ""),
        by=access.person(request),
        waived=waived,
    )
    change.refresh_from_db()
    return _head(request, change)


@door("POST")
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """+1, or 0 to take a vote back."""
    change = access.get_change(request, pk, role=REVIEWER)
    value = request.POST.get("value", "")
    if value not in ("0", "1"):
        raise Refused("bad_vote", "A vote here is +1, or 0 to take it back.", status=422)
    me = access.person(request)
    actions.cast_vote(change, _decided_on(request, change), request.POST.get("head", ""), int(value), by=me)
    return _head(request, change)


@door("POST")
def request_changes(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk, role=REVIEWER)
    threads = actions.request_changes(change, request.POST.get("body", ""), by=access.person(request))
    answer = _head(request, change)
    for thread in threads:
        answer.write(thread_html(request, change, thread.pk))
    return answer


@door("POST")
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk, role=REVIEWER)
    actions.abandon(change, request.POST.get("body", ""), by=access.person(request))
    return _head(request, change)


@door("POST")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it out of the queue; the approval stays."""
    change = access.get_change(request, pk, role=ARCHITECT)
    entry = head.live_entry(change)
    if entry is None:
        raise Refused("not_queued", "This change is not in the queue.")
    gate.withdraw(entry, by=access.person(request))
    return _head(request, change)


@door("POST")
def requeue(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk, role=ARCHITECT)
    gate.requeue(change, by=access.person(request))
    return _head(request, change)


@door("POST")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """A change that takes the merged one back; it is reviewed and lands like any other."""
    change = access.get_change(request, pk, role=ARCHITECT)
    made = gate.undo(change, by=access.person(request))
    return JsonResponse({"go": f"/changes/{made.pk}/"})


@door("POST")
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk, role=REVIEWER)
    actions.restore(change, by=access.person(request))
    return _head(request, change)
