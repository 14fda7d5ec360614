"""Where a thread hangs: the place is checked and the text of its lines kept, to find it again later."""

import os
from typing import Any

from teamboard.board.models import Project
from teamboard.git import anchors
from teamboard.git.stores import Stores
from teamboard.lib.refusal import Refused
from teamboard.reviews import storage
from teamboard.reviews.models import Change, PatchSet

LONGEST = 65_000


def said(body: str) -> str:
    """The text of a comment, or a refusal."""
    text = body.strip()
    if not text:
        raise Refused("empty_comment", "A comment needs some text.", status=422)
    if len(text) > LONGEST:
        raise Refused("too_long", f"A comment may have {LONGEST:,} characters.", remedy="Shorten it.", status=422)
    return text


def place(
    change: Change,
    patch_set: PatchSet | None,
    path: str,
    side: str,
    start: int | None,
    end: int | None,
    text: str,
) -> dict[str, Any]:
    """The fields of a new Thread. Reads the blob when the caller does not know the lines' text."""
    shown = patch_set or PatchSet.objects.filter(change=change).last()
    if shown is None or shown.change_id != change.pk:
        raise Refused("no_such_patch_set", "That patch set does not belong to this change.", status=404)
    if side not in ("old", "new"):
        raise Refused("bad_side", "A comment stands on the side `old` or `new`.", status=422)
    if not path or start is None:
        return {"patch_set": shown, "path": path, "side": side}
    last = end or start
    if not 1 <= start <= last:
        raise Refused("bad_lines", f"Lines {start} to {last} are no range.", remedy="Count from 1.", status=422)
    anchor = text or lines_of(change.project, shown, path, side, start, last)
    return {
        "patch_set": shown,
        "path": path,
        "side": side,
        "start_line": start,
        "end_line": last,
        "anchor_text": anchor,
    }


def lines_of(project: Project, patch_set: PatchSet, path: str, side: str, start: int, end: int) -> str:
    """The text a comment is about; refuses a place that is not in the file."""
    if not storage.folder(project.pk).exists():
        return ""
    blob = _blob(storage.stores(project.pk), patch_set, path, side)
    if blob is None:
        raise Refused("no_such_file", f"{path} is not in patch set {patch_set.number}.", status=422)
    lines = anchors.lines_of(blob)
    if end > len(lines):
        raise Refused("bad_lines", f"{path} has only {len(lines)} lines there.", status=422)
    return "\n".join(lines[start - 1 : end])


def _blob(stores: Stores, patch_set: PatchSet, path: str, side: str) -> bytes | None:
    return stores.blob(patch_set.head_sha if side == "new" else patch_set.base_sha, os.fsdecode(path))
