"""Drafts and threads: saved while they are typed, sent together or at once."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from teamboard.lib.refusal import Refused
from teamboard.parts.paths import unpack
from teamboard.reviews import actions, queries
from teamboard.reviews.models import Change, Thread
from teamboard.web import access
from teamboard.web.access import REVIEWER
from teamboard.web.htmx import answer, door, go
from teamboard.web.once import once
from teamboard.web.views.change import sight_of, thread_html


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.POST.get(name, "")
    if given in ("", "0"):
        return None
    if not (given.isascii() and given.isdigit()):
        raise Refused("invalid", f"{name} must be a line number.", status=422)
    return int(given)


def _place(request: HttpRequest) -> dict[str, object]:
    return {
        "path": unpack(request.POST.get("path", "")),
        "side": request.POST.get("side") or "new",
        "start_line": _number(request, "start"),
        "end_line": _number(request, "end"),
    }


def _shown(request: HttpRequest, change: Change, thread: int) -> HttpResponse:
    return HttpResponse(thread_html(request, change, thread))


@door("POST")
@once
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft on a place. The first time makes its thread; the page sends the thread's id from then on."""
    change = access.get_change(request, pk, role=REVIEWER)
    me, body = access.person(request), request.POST.get("body", "")
    known = _number(request, "thread")
    if known is not None:
        draft = actions.save_draft(change, body=body, by=me, thread=_own(request, change, known))
    else:
        patch_set = sight_of(request, change).patch_set
        draft = actions.save_draft(change, patch_set, **_place(request), body=body, by=me)  # type: ignore[arg-type]
    return JsonResponse({"draft": draft.pk, "thread": draft.thread_id})


def _own(request: HttpRequest, change: Change, pk: int) -> Thread:
    thread = access.get_thread(request, pk, role=REVIEWER)
    if thread.change_id != change.pk:
        raise Refused("no_such_thread", "There is no such thread on this change.", status=404)
    return thread


@door("POST")
def save_reply(request: HttpRequest, pk: int) -> HttpResponse:
    thread = access.get_thread(request, pk, role=REVIEWER)
    body = request.POST.get("body", "")
    draft = actions.save_draft(thread.change, body=body, by=access.person(request), thread=thread)
    return JsonResponse({"draft": draft.pk, "thread": thread.pk})


@door("POST")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    actions.discard_draft(access.get_draft(request, pk), by=access.person(request))
    return HttpResponse(status=204)


@door("POST")
@once
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Send now: everybody sees it at once; what was saved of it as a draft goes."""
    change = access.get_change(request, pk, role=REVIEWER)
    me, number = access.person(request), sight_of(request, change).patch_set.number
    thread = actions.open_thread(change, number, **_place(request), body=request.POST.get("body", ""), by=me)  # type: ignore[arg-type]
    _forget_draft(request)
    return _shown(request, change, thread.pk)


@door("POST")
@once
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    thread = access.get_thread(request, pk, role=REVIEWER)
    me = access.person(request)
    actions.post_comment(thread, request.POST.get("body", ""), by=me, resolve=request.POST.get("resolve") == "1")
    _forget_draft(request)
    return _shown(request, thread.change, thread.pk)


def _forget_draft(request: HttpRequest) -> None:
    draft = _number(request, "draft")
    if draft is not None:
        actions.discard_draft(access.get_draft(request, draft), by=access.person(request))


@door("POST")
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Suggestions named by their comments, commas between them, become one patch set."""
    change = access.get_change(request, pk, role=REVIEWER)
    wanted = [int(one) for one in request.POST.get("comment", "").split(",") if one.isascii() and one.isdigit()]
    comments = queries.comments_of(change, wanted)
    made = actions.apply_suggestions(change, comments, by=access.person(request))
    return go(request, f"/changes/{pk}/?ps={made.number}&against={made.number - 1}")


@door("POST")
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """All own drafts at once, without a vote."""
    change = access.get_change(request, pk, role=REVIEWER)
    threads = actions.publish_drafts(change, by=access.person(request), body=request.POST.get("body", ""))
    if not threads:
        raise Refused("nothing_to_send", "You have no drafts here.", remedy="Comment on a line first.", status=422)
    return HttpResponse("".join(thread_html(request, change, thread.pk) for thread in threads))


@door("POST")
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    thread = access.get_thread(request, pk, role=REVIEWER)
    actions.ask_now(thread, by=access.person(request))
    shown = {f"thread-{pk}": thread_html(request, thread.change, pk)}
    return answer(request, shown, to=f"/changes/{thread.change_id}/", say="Sent to the agent.")


@door("POST")
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    thread = access.get_thread(request, pk, role=REVIEWER)
    actions.resolve_thread(thread, by=access.person(request))
    return _shown(request, thread.change, thread.pk)


@door("POST")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    thread = access.get_thread(request, pk, role=REVIEWER)
    actions.reopen_thread(thread, by=access.person(request))
    return _shown(request, thread.change, thread.pk)


@door("POST")
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    thread = access.get_thread(request, pk, role=REVIEWER)
    actions.verify_thread(thread, by=access.person(request))
    return _shown(request, thread.change, thread.pk)
