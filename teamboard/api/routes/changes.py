"""Changes under review: read, diff, comment, vote."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from teamboard.accounts.models import User
from teamboard.api import reading, shapes
from teamboard.api import review_answers as answers
from teamboard.api.auth import ARCHITECT, REVIEWER, caller, get_change, get_project, get_thread
from teamboard.api.schemas import NewChange, NewComment, NewThread, NewVote, Reason, Request
from teamboard.gate import actions as gate
from teamboard.gate.models import QueueEntry
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions, queries
from teamboard.reviews.adoption import adopt
from teamboard.reviews.models import Change, PatchSet, Vote
from teamboard.reviews.patching import propose_patch

router = Router()
Json = dict[str, Any]


def _shape(row: Change, reader: User) -> Json:
    newest = row.patch_sets.order_by("-number").first()
    return shapes.change(row) | {
        "patch_sets": [shapes.patch_set(item) for item in row.patch_sets.order_by("number")],
        "requirements": _requirements(row, reader),
        "votes": [shapes.vote(item) for item in row.votes.select_related("user", "patch_set").order_by("id")],
        "checks": [shapes.check(item) for item in queries.checks_of(newest.tree_sha, row.project)] if newest else [],
        "threads": reading.threads(row, newest) if newest else [],
    }


def _requirements(row: Change, reader: User) -> list[Json]:
    return [_requirement(item) for item in gate.requirements(row, reader=reader)]


def _requirement(row: gate.Requirement) -> Json:
    """`waivers`: what to name in a vote's `waived` to let it pass; `paths`: the files that it is about."""
    return {
        "name": row.name,
        "label": row.label,
        "met": row.met,
        "reason": row.reason,
        "waivable": row.waivable,
        "waived": row.waived,
        "waivers": row.waivers,
        "paths": list(row.paths),
    }


@router.get("/projects/{pk}/changes", response=list[answers.Change])
def list_changes(request: HttpRequest, pk: int, state: str = "") -> list[Json]:
    rows = get_project(request, pk).changes.order_by("id")
    return [shapes.change(row) for row in (rows.filter(state=state) if state else rows)]


@router.post("/projects/{pk}/changes", response=answers.Change)
def make_change(request: HttpRequest, pk: int, body: NewChange) -> Json:
    """Adopt a branch, its commits as patch set 1; or apply a patch to the target as a change of the caller."""
    row = get_project(request, pk, REVIEWER)
    if bool(body.branch) == bool(body.patch):
        raise Refused(
            "invalid",
            "A change is made from a branch or from a patch, one of them.",
            remedy='Send {"branch": "NAME"} or {"patch": "TEXT OF git diff"}.',
            status=422,
        )
    if body.patch:
        return shapes.change(propose_patch(row, body.patch, by=caller(request), title=body.title))
    return shapes.change(adopt(row, body.branch, by=caller(request), title=body.title))


@router.get("/changes/{pk}", response=answers.WholeChange)
def read(request: HttpRequest, pk: int) -> Json:
    return _shape(get_change(request, pk), caller(request))


@router.get("/changes/{pk}/diff", response=answers.Diff, exclude_unset=True)
def diff(request: HttpRequest, pk: int, patch_set: int = 0, against: int = 0) -> Json:
    """Reading a patch set's diff with a token counts as having been shown it, save the files that it leaves out."""
    row = get_change(request, pk)
    shown = _patch_set(row, patch_set)
    other = _patch_set(row, against) if against else None
    files = reading.diff_of(shown, other)
    drawn = {file.path for file in files if not file.binary and (file.hunks or not file.too_big)}
    if other is None:
        actions.served(shown, caller(request), drawn)
    else:
        actions.served_since(shown, other, caller(request), drawn=drawn, differing={file.path for file in files})
    given = [shapes.diff(file) for file in files]
    return {"patch_set": shown.number, "against": other.number if other else None, "files": given}


def _patch_set(row: Change, number: int) -> PatchSet:
    found = row.patch_sets.filter(number=number).first() if number else row.patch_sets.order_by("-number").first()
    if found is None:
        known = ", ".join(str(item.number) for item in row.patch_sets.order_by("number")) or "none yet"
        raise Refused("no_such_patch_set", f"There is no patch set {number}.", remedy=f"Known: {known}.", status=404)
    return found


@router.post("/changes/{pk}/threads", response=answers.Thread)
def open_thread(request: HttpRequest, pk: int, body: NewThread) -> Json:
    row = get_change(request, pk, REVIEWER)
    thread = actions.open_thread(
        row,
        body.patch_set,
        path=body.path,
        side=body.side,
        start_line=body.start_line,
        end_line=body.end_line,
        body=body.body,
        by=caller(request),
    )
    return _thread(row, thread.pk)


def _thread(row: Change, pk: int) -> Json:
    newest = row.patch_sets.order_by("-number").first()
    assert newest
    return next(item for item in reading.threads(row, newest) if item["id"] == pk)


@router.post("/threads/{pk}/comments", response=answers.Thread)
def comment(request: HttpRequest, pk: int, body: NewComment) -> Json:
    thread = get_thread(request, pk, REVIEWER)
    actions.post_comment(thread, body.body, by=caller(request), resolve=body.resolve)
    return _thread(thread.change, thread.pk)


@router.post("/threads/{pk}/verify", response=answers.Thread)
def verify(request: HttpRequest, pk: int) -> Json:
    thread = get_thread(request, pk, REVIEWER)
    actions.verify_thread(thread, by=caller(request))
    return _thread(thread.change, thread.pk)


@router.post("/changes/{pk}/request-changes", response=answers.ChangesAsked)
def request_changes(request: HttpRequest, pk: int, body: Request) -> Json:
    row = get_change(request, pk, REVIEWER)
    actions.request_changes(row, body=body.body, by=caller(request))
    newest = row.patch_sets.order_by("-number").first()
    return {"change": row.pk, "run": newest.run_id if newest else None}


@router.post("/changes/{pk}/votes", response=answers.Voted)
def vote(request: HttpRequest, pk: int, body: NewVote) -> Json:
    row, by = get_change(request, pk, REVIEWER), caller(request)
    shown = _patch_set(row, body.patch_set)
    if body.value == 2:
        done = gate.approve(
            row,
            shown,
            head_sha=body.head_sha,
            by=by,
            waived=body.waived,
            base_sha=body.base_sha or None,
            result_tree=body.result_tree or None,
        )
        return _voted(row, by, done.vote, done.entry)
    return _voted(row, by, actions.cast_vote(row, shown, head_sha=body.head_sha, value=body.value, by=by), None)


def _voted(row: Change, by: User, cast: Vote | None, entry: QueueEntry | None) -> Json:
    return {
        "vote": shapes.vote(cast) if cast else None,
        "requirements": _requirements(row, by),
        "queue_entry": {"id": entry.pk, "state": entry.state} if entry else None,
    }


@router.post("/changes/{pk}/abandon", response=answers.WholeChange)
def abandon(request: HttpRequest, pk: int, body: Reason) -> Json:
    row = get_change(request, pk, REVIEWER)
    return _shape(actions.abandon(row, reason=body.reason, by=caller(request)), caller(request))


@router.post("/changes/{pk}/restore", response=answers.WholeChange)
def restore(request: HttpRequest, pk: int, body: Reason) -> Json:
    by = caller(request)
    return _shape(actions.restore(get_change(request, pk, REVIEWER), by=by), by)


@router.post("/changes/{pk}/undo", response=answers.WholeChange)
def undo(request: HttpRequest, pk: int, body: Reason) -> Json:
    """A new change that takes back what this one merged."""
    by = caller(request)
    return _shape(gate.undo(get_change(request, pk, ARCHITECT), by=by), by)
