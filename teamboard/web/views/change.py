"""The change page and its fragments. Reading writes nothing; that a diff was served is recorded by a POST."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.git.diff import full_diff
from teamboard.lib.refusal import Refused
from teamboard.parts import room, sight
from teamboard.parts.budget import drawn_at_once
from teamboard.parts.change import newest, patch_sets, requirement_list
from teamboard.parts.diff import Drawing, file_article
from teamboard.parts.diff import diff as diff_html
from teamboard.parts.paths import unpack
from teamboard.parts.places import Sight, spot_of, within
from teamboard.parts.threads import Reader, thread_article
from teamboard.parts.verdict import newer_notice, unshown_list, verdict
from teamboard.parts.why import chain
from teamboard.reviews import actions, storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.web import access
from teamboard.web.htmx import door
from teamboard.web.page import page as whole_page
from teamboard.web.page import topics


def reader_of(request: HttpRequest, project: Project) -> Reader:
    me = access.person(request)
    return Reader(me, queries.role_in(me, project))


def sight_of(request: HttpRequest, change: Change) -> Sight:
    """`ps` and `against` name patch sets; without them the newest one is read against its base."""
    given = request.GET if request.method in ("GET", "HEAD") else request.POST
    read = _numbered(change, given.get("ps", "")) or newest(change)
    if read is None:
        raise Http404
    earlier = _numbered(change, given.get("against", ""))
    return Sight(read, earlier if earlier and earlier.number != read.number else None)


def _numbered(change: Change, number: str) -> PatchSet | None:
    if number in ("", "0"):
        return None
    row = change.patch_sets.filter(number=int(number)).first() if number.isascii() and number.isdigit() else None
    if row is None:
        raise Http404
    return row


def _split(request: HttpRequest) -> bool:
    return request.GET.get("view") == "split"


@door()
def page(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk)
    position = topics(change, f"change.{change.pk}")
    entered = room.enter(change, sight_of(request, change), reader_of(request, change.project), split=_split(request))
    return whole_page(
        request,
        "change/page.html",
        change.project,
        topics=position,
        here="review",
        change=change,
        sight=entered.sight,
        split=entered.split,
        unviewed=[file.path for file in entered.files if file.path not in entered.viewed],
        **room.pieces(entered),
    )


@door()
def diff(request: HttpRequest, pk: int) -> HttpResponse:
    """Files by name (`path`, repeated), or all of them."""
    change = access.get_change(request, pk)
    entered = room.enter(change, sight_of(request, change), reader_of(request, change.project), split=_split(request))
    drawn = sight.drawing(change, entered.sight, entered.reader, entered.files, entered.threads, split=entered.split)
    wanted = [unpack(path) for path in request.GET.getlist("path")]
    if not wanted:
        return HttpResponse(diff_html(entered.files, drawn))
    chosen = [file for file in entered.files if file.path in wanted]
    if request.GET.get("context") == "all":
        chosen = [sight.whole_file(change, entered.sight, file) for file in chosen]
        drawn = sight.drawing(
            change,
            entered.sight,
            entered.reader,
            chosen,
            sight.placed(change, entered.sight, entered.reader, chosen),
            split=entered.split,
        )
    asked = "open" in request.GET
    if asked:
        chosen = [sight.opened_file(change, entered.sight, file) for file in chosen]
    return HttpResponse("".join(file_article(file, sight.patient(drawn, chosen), opened=asked) for file in chosen))


@door()
def mine(request: HttpRequest, pk: int) -> HttpResponse:
    """What depends on who looks and which patch set is pinned: asked for again when something moved."""
    change = access.get_change(request, pk)
    seen, reader = sight_of(request, change), reader_of(request, change.project)
    return HttpResponse(
        patch_sets(change, seen, room.seen_numbers(change, reader))
        + newer_notice(change, seen)
        + verdict(change, seen, reader)
        + requirement_list(change)
    )


@door()
def thread(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    row = access.get_thread(request, thread)
    if row.change_id != pk:
        raise Http404
    return HttpResponse(thread_html(request, row.change, thread))


@door()
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Where one line of what is read comes from."""
    change = access.get_change(request, pk)
    side, line = request.GET.get("side", "new"), request.GET.get("line", "")
    if side not in ("old", "new") or not (line.isascii() and line.isdigit() and len(line) < 10):
        raise Refused("invalid", "Name a line: side=old or new, line=a number.", status=422)
    path, text = unpack(request.GET.get("path", "")), request.GET.get("text", "")[:500]
    return HttpResponse(chain(change, sight_of(request, change), path, side, int(line), text))


def thread_html(request: HttpRequest, change: Change, pk: int) -> str:
    """One thread where it stands in what the reader has before them."""
    seen, reader = sight_of(request, change), reader_of(request, change.project)
    found = next((row for row in sight.threads_for(change, reader) if row.pk == pk), None)
    if found is None:
        return ""
    shown = [file.path for file in sight.files_of(change, seen)]
    return thread_article(found, within(spot_of(change.project, found, seen), shown), reader)


@door("POST")
def served(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page has drawn: with `path` (repeated) what it filled in or somebody opened, else what came with it."""
    change = access.get_change(request, pk)
    seen, me = sight_of(request, change), access.person(request)
    files = sight.files_of(change, seen)
    asked = {unpack(path) for path in request.POST.getlist("path")}
    drawn = [f.path for f in files if f.path in asked and not f.binary] if asked else drawn_at_once(files)
    if seen.against is None:
        actions.served(seen.patch_set, me, drawn)
    else:
        differing = {file.path for file in files}
        actions.served_since(seen.patch_set, seen.against, me, drawn=set(drawn), differing=differing)
    return HttpResponse(unshown_list(change, seen, reader_of(request, change.project)))


@door("POST")
def viewed(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk)
    actions.mark_viewed(
        change,
        path=unpack(request.POST.get("path", "")),
        blob=request.POST.get("blob", ""),
        by=access.person(request),
        viewed=request.POST.get("viewed") == "1",
    )
    seen, reader = sight_of(request, change), reader_of(request, change.project)
    entered = room.enter(change, seen, reader)
    marks = entered.viewed
    return HttpResponse(room.tree(entered, marks) + room.progress(len(marks), len(entered.files)))


@door()
def check_log(request: HttpRequest, pk: int) -> HttpResponse:
    """The output of a check, as plain text: it was written by code under review."""
    row = access.get_check_run(request, pk)
    file = Path(settings.DATA_DIR) / "checks" / str(row.pk) / "log"
    text = file.read_bytes() if file.is_file() else b"There is no log: this check has not run, or it was tidied away.\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@door()
def run_diff(request: HttpRequest, pk: int) -> HttpResponse:
    """The live diff of a running agent: what its files say now against where it began."""
    run = access.get_run(request, pk)
    if not (run.base_sha and run.live_head):
        return HttpResponse('<p class="empty pad">No file has changed yet.</p>')
    files = full_diff(storage.stores(run.project_id), run.base_sha, run.live_head)
    coloured = sight.worth_colour(files)
    drawn = Drawing(url=f"/runs/{run.pk}/diff/?", coloured=coloured, until=sight.soon(), may_view=False)
    return HttpResponse(f'<div class="diff" hx-ignore>{diff_html(files, drawn)}</div>')
