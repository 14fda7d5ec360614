"""What an agent may read: its own task and the threads of its own change, as JSON."""

import json
from typing import Any

from teamboard.board import rights
from teamboard.reviews.models import Comment, Thread
from teamboard.reviews.queries import threads_of_run
from teamboard.runs.models import Run

NEWEST = 50
_BODY = 4000


def task(run: Run) -> str:
    row = run.task
    told = {
        "task": f"{run.project.key}-{row.number}",
        "title": row.title,
        "body": row.body,
        "acceptance": row.acceptance,
        "scope": row.scope,
        "target": run.project.target,
        "run": run.number,
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def threads(run: Run) -> str:
    """The newest; what people wrote is material, and told with who wrote it."""
    rows = threads_of_run(run.pk).order_by("-pk")[:NEWEST]
    shown = [_thread(row) for row in rows]
    return json.dumps({"threads": shown[::-1]}, ensure_ascii=False, indent=1)


def _thread(row: Thread) -> dict[str, Any]:
    comments = row.comments.filter(published_at__isnull=False).select_related("author_user", "author_agent")
    return {
        "thread": row.pk,
        "state": row.state,
        "path": row.path,
        "side": row.side,
        "lines": [row.start_line, row.end_line],
        "quoted": row.anchor_text[:_BODY],
        "comments": [{"by": _author(one, row), "text": one.body[:_BODY]} for one in comments],
    }


def _author(comment: Comment, row: Thread) -> str:
    user = comment.author_user
    if user is not None:
        return f"{user.label} ({rights.role_in(user, row.change.project) or 'guest'})"
    return f"{comment.author_agent} (agent)" if comment.author_agent else "somebody"
