"""Suggestions become a patch set of the person who applies them; several at once become one."""

import os
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from teamboard.accounts.models import REVIEWER, User
from teamboard.board import rights
from teamboard.lib.refusal import Refused
from teamboard.reviews import edits, storage, suggestions
from teamboard.reviews.actions.changes import upload_patch_set
from teamboard.reviews.actions.threads import post_comment
from teamboard.reviews.models import Change, Comment, PatchSet
from teamboard.reviews.queries import newest_patch_set
from teamboard.reviews.revision import keep
from teamboard.reviews.states import OPEN
from teamboard.reviews.suggestions import Placed

AGAIN = "Look at the newest patch set, then edit the file or suggest it anew."


def apply_suggestions(change: Change, comments: Sequence[Comment], *, by: User) -> PatchSet:
    """Refuses as a whole when one of them does not fit any more. Each thread says where it went and is resolved."""
    rights.require(by, change.project, REVIEWER, "apply a suggestion")
    newest = newest_patch_set(change)
    if newest is None or not comments:
        raise Refused("nothing_to_apply", "No suggestion was named.", remedy="Choose one.", status=422)
    files = _files(change, newest, [_fitting(comment, newest) for comment in comments])
    message = "Apply a suggestion" if len(comments) == 1 else f"Apply {len(comments)} suggestions"
    revision = edits.commit_files(change, newest, files, message=_with_authors(message, comments, by), by=by)
    made = upload_patch_set(change, revision, by=by)
    keep(storage.stores(change.project_id), made)
    for thread in {comment.thread for comment in comments}:
        post_comment(thread, f"Applied in patch set {made.number}.", by=by, resolve=thread.state == OPEN)
    return made


def _fitting(comment: Comment, newest: PatchSet) -> Placed:
    lines = suggestions.suggested(comment.body)
    place = suggestions.placed(comment.thread, lines, newest) if lines is not None else None
    if place is None:
        raise Refused("no_suggestion", "This comment suggests no lines.", status=422)
    if place.state == suggestions.APPLIED:
        raise Refused("already_applied", f"{place.path} already says what was suggested.")
    if place.state == suggestions.STALE:
        sentence = f"The lines of {place.path} have changed since this was suggested; it does not fit them."
        raise Refused("stale_suggestion", sentence, remedy=AGAIN, details={"path": place.path, "comment": comment.pk})
    return place


def _files(change: Change, newest: PatchSet, places: list[Placed]) -> dict[str, bytes]:
    by_path: dict[str, list[Placed]] = defaultdict(list)
    for place in places:
        by_path[os.fsdecode(place.path)].append(place)
    stores = storage.stores(change.project_id)
    return {path: suggestions.replaced(stores.blob(newest.head_sha, path) or b"", _apart(path, some))
            for path, some in by_path.items()}  # fmt: skip


def _apart(path: str, some: list[Placed]) -> list[Placed]:
    ordered = sorted(some, key=lambda one: one.start)
    for before, after in pairwise(ordered):
        if after.start <= before.end:
            sentence = f"Two of these suggestions change line {after.start} of {path}."
            raise Refused("overlapping_suggestions", sentence, remedy="Apply one of them.")
    return ordered


def _with_authors(message: str, comments: Sequence[Comment], by: User) -> str:
    named = (comment.author_agent.name if comment.author_agent else comment.author_user and comment.author_user.label
             for comment in comments if comment.author_user_id != by.pk)  # fmt: skip
    others = sorted({name for name in named if name})
    return f"{message}\n\nSuggested by {', '.join(others)} in the review.\n" if others else message
