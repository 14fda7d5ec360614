"""What the API reads from git: a patch set's diff, and where each thread stands in it."""

from typing import Any

from teamboard.api import shapes
from teamboard.git import diff
from teamboard.parts.places import Sight, Spot, spots_of
from teamboard.reviews import queries, storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.queries import ThreadView

Json = dict[str, Any]


def diff_of(shown: PatchSet, against: PatchSet | None) -> list[diff.FileDiff]:
    """Against its base; or, between two patch sets, without what only a rebase brought."""
    stores = storage.stores(shown.change.project_id)
    if against is None:
        return diff.full_diff(stores, shown.base_sha, shown.head_sha)
    return diff.interdiff(stores, (against.base_sha, against.head_sha), (shown.base_sha, shown.head_sha))


def threads(change: Change, shown: PatchSet) -> list[Json]:
    views = queries.threads_of(change)
    spots = spots_of(change.project, [view.thread for view in views], Sight(shown))
    return [_thread(view, shown, spot) for view, spot in zip(views, spots, strict=True)]


def _thread(view: ThreadView, shown: PatchSet, spot: Spot) -> Json:
    row = view.thread
    return {
        "id": row.pk,
        "state": row.state,
        "original": {
            "patch_set": row.patch_set.number,
            "path": row.path,
            "side": row.side,
            "start_line": row.start_line,
            "end_line": row.end_line,
        },
        "current": {
            "patch_set": shown.number,
            "path": spot.path,
            "side": spot.side,
            "start_line": spot.start,
            "end_line": spot.line,
            "kind": spot.kind,
        },
        "receipt": {name: shapes.when(at) for name, at in view.receipt.items()},
        "comments": [
            {
                "id": comment.pk,
                "author": _author(comment),
                "body": comment.body,
                "at": shapes.when(comment.published_at),
            }
            for comment in view.comments
        ],
    }


def _author(comment: Any) -> str:
    if comment.author_agent:
        return f"agent:{comment.author_agent.name}"
    return f"user:{comment.author_user.username}" if comment.author_user else "board"
