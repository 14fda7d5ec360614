"""Git's own client at the door of a change: clone its newest patch set, push the next one (D31)."""

import base64
import binascii
import tempfile
import zlib
from collections.abc import Callable
from functools import wraps
from typing import IO

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import OBSERVER, REVIEWER
from teamboard.api.auth import caller, get_change
from teamboard.board import queries as board
from teamboard.git import smart
from teamboard.git.intake import BundleRefused
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions, storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.revision import keep, read_revision
from teamboard.reviews.states import OPEN

MAX_BYTES = 200_000_000
_CHUNK = 1 << 16
View = Callable[[HttpRequest, int], HttpResponse]


def _door(view: View) -> View:
    """A token as the password of HTTP Basic, as git sends it; refusals become text that git shows."""

    @csrf_exempt
    @wraps(view)
    def opened(request: HttpRequest, pk: int) -> HttpResponse:
        user = accounts.user_of_token(_password(request))
        if user is None:
            answer = HttpResponse("A token is the password here; the name does not matter.\n", status=401)
            answer["WWW-Authenticate"] = 'Basic realm="Teamboard"'
            return answer
        request.user = user
        try:
            return view(request, pk)
        except Refused as refused:
            return HttpResponse(f"{refused}\n", status=refused.status, content_type="text/plain; charset=utf-8")
        except BundleRefused as refused:
            return HttpResponse(f"{refused}\n", status=422, content_type="text/plain; charset=utf-8")

    return opened


def _password(request: HttpRequest) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    try:
        text = base64.b64decode(value, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text.partition(":")[2]


@_door
def refs(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    service = request.GET.get("service", "")
    if service not in ("git-upload-pack", "git-receive-pack"):
        raise Refused("old_client", "Only git's smart protocol is spoken here.", remedy="Update git.", status=403)
    change = get_change(request, pk, REVIEWER if service == "git-receive-pack" else OBSERVER)
    known: smart.Service = "git-receive-pack" if service == "git-receive-pack" else "git-upload-pack"
    return _answer(f"{service}-advertisement", smart.advertise(known, _newest(change).head_sha))


@_door
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    change = get_change(request, pk)
    with tempfile.TemporaryFile() as file:
        _spool(request, file, limit=10_000_000)
        return _answer("git-upload-pack-result", smart.upload(storage.stores(change.project_id), file.read()))


@_door
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    change = get_change(request, pk, REVIEWER)
    with tempfile.TemporaryFile() as file:
        _spool(request, file, limit=MAX_BYTES)
        if file.read(5) == smart.PROBE:
            return _answer("git-receive-pack-result", b"")
        push = smart.read_push(file)
        try:
            _take(request, change, push, file)
        except (Refused, BundleRefused) as problem:
            return _answer("git-receive-pack-result", smart.report(push, str(problem)))
    return _answer("git-receive-pack-result", smart.report(push))


def _take(request: HttpRequest, change: Change, push: smart.Push, file: IO[bytes]) -> PatchSet:
    """The push becomes the next patch set, if it builds on the newest one."""
    on, stores = _newest(change), storage.stores(change.project_id)
    if change.state != OPEN:
        raise Refused("not_open", "The change is closed.", remedy="Restore it, or open a new one.")
    if push.old != on.head_sha:
        raise Refused("stale_patch_set", f"Patch set {on.number} has arrived since.", remedy="Fetch it first.")
    head = smart.receive(stores, file, push, f"refs/pushed/{change.pk}", max_bytes=MAX_BYTES)
    base = stores.merge_base(change.project.head_sha, head)
    if base is None or base == head:
        raise Refused("nothing_new", "The push holds nothing that the target does not have.", remedy="Commit first.")
    guarded = board.settings_body(change.project)["review"]["guarded"]
    scope = change.task.scope if change.task else ()
    revision = read_revision(stores, base, head, scope=scope, guarded=guarded)
    made = actions.upload_patch_set(change, revision, by=caller(request))
    keep(stores, made)
    accounts.token_used(_password(request))
    return made


def _newest(change: Change) -> PatchSet:
    found = change.patch_sets.order_by("number").last()
    if found is None:
        raise Refused("no_patch_set", "The change has no patch set yet.", remedy="Wait for the first.", status=404)
    return found


def _spool(request: HttpRequest, file: IO[bytes], *, limit: int) -> None:
    """The body onto disk, unpacked when git has packed it, and never more than the limit."""
    packed = request.headers.get("Content-Encoding") == "gzip"
    unpacker = zlib.decompressobj(wbits=31) if packed else None
    written = 0
    while chunk := request.read(_CHUNK):
        while chunk:
            data = unpacker.decompress(chunk, _CHUNK) if unpacker else chunk
            chunk = unpacker.unconsumed_tail if unpacker else b""
            written += file.write(data)
            if written > limit:
                raise Refused("too_big", f"More than {limit:,} bytes at once are not taken.", status=413)
    file.flush()
    file.seek(0)


def _answer(kind: str, body: bytes) -> HttpResponse:
    answer = HttpResponse(body, content_type=f"application/x-{kind}")
    answer["Cache-Control"] = "no-cache"
    return answer


urlpatterns = [
    path("changes/<int:pk>.git/info/refs", refs),
    path("changes/<int:pk>.git/git-upload-pack", upload),
    path("changes/<int:pk>.git/git-receive-pack", receive),
]
