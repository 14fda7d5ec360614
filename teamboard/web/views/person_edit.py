"""A person edits a file of the newest patch set in the page; applying it makes the next patch set (D31)."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from teamboard.git.diff import is_binary, shown_path
from teamboard.lib.refusal import Refused
from teamboard.parts.change import newest
from teamboard.parts.paths import pack, unpack
from teamboard.reviews import actions, edits, storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.revision import keep
from teamboard.web import access
from teamboard.web.access import REVIEWER
from teamboard.web.htmx import door
from teamboard.web.page import page as whole_page

LARGEST = 1_000_000


@door("GET", "HEAD", "POST")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    change = access.get_change(request, pk, role=REVIEWER)
    return _apply(request, change) if request.method == "POST" else _show(request, change)


def _show(request: HttpRequest, change: Change) -> HttpResponse:
    path, patch_set = unpack(request.GET.get("path", "")), _newest(change)
    text = _text(change, patch_set, path)
    return whole_page(
        request,
        "change/edit.html",
        change.project,
        here="review",
        change=change,
        patch_set=patch_set,
        path=shown_path(path),
        packed=pack(path),
        text=text,
    )


def _newest(change: Change) -> PatchSet:
    found = newest(change)
    if found is None:
        raise Http404
    return found


def _text(change: Change, patch_set: PatchSet, path: str) -> str:
    data = storage.stores(change.project_id).blob(patch_set.head_sha, path) if path else None
    if data is None:
        raise Http404
    if is_binary(data) or len(data) > LARGEST:
        raise Refused(
            "not_editable", f"{shown_path(path)} is not text that can be edited here.", remedy="Push it instead."
        )
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(
            "not_utf8", f"{shown_path(path)} is not UTF-8.", remedy="Edit it in your clone and push."
        ) from None


def _apply(request: HttpRequest, change: Change) -> HttpResponse:
    path, on = unpack(request.POST.get("path", "")), _newest(change)
    if request.POST.get("head") != on.head_sha:
        raise Refused("stale_patch_set", f"Patch set {on.number} has arrived since.", remedy="Copy your text, go back.")
    before = _text(change, on, path)
    after = _as_it_was(request.POST.get("text", ""), before)
    if after == before:
        raise Refused("nothing_changed", "The text is the same as before.", remedy="Edit it, or go back.", status=422)
    me, message = access.person(request), request.POST.get("message", "").strip() or f"Edit {shown_path(path)}"
    revision = edits.commit_files(change, on, {path: after.encode()}, message=message, by=me)
    made = actions.upload_patch_set(change, revision, by=me)
    keep(storage.stores(change.project_id), made)
    return HttpResponseRedirect(f"/changes/{change.pk}/?ps={made.number}&against={on.number}")


def _as_it_was(text: str, before: str) -> str:
    """A form sends every line end as CRLF; the file keeps the ones it has."""
    plain = text.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in before else plain
