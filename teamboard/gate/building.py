"""The candidate of an entry: what exactly would land, and whether that is what was approved (I6, D9)."""

from teamboard.board import queries as board
from teamboard.gate.models import QueueEntry
from teamboard.git import candidates
from teamboard.git.candidates import Candidate, Conflict, Method
from teamboard.git.commits import Person
from teamboard.git.stores import Stores
from teamboard.reviews.models import PatchSet


def build(stores: Stores, entry: QueueEntry, parent: str) -> Candidate | Conflict:
    """The same entry on the same parent gives the same commit, so a rebuild after a crash loses nothing."""
    patch_set, vote = entry.patch_set, entry.vote
    assert vote is not None
    return candidates.build(
        stores,
        parent=parent,
        head=patch_set.head_sha,
        message=_message(entry),
        author=Person(patch_set.author_name, patch_set.author_email),
        when=vote.created_at,
        method=_method(entry),
    )


def _method(entry: QueueEntry) -> Method:
    """A rebase of one commit is a squash; one of several would need each to be tested, so those are merged."""
    wish = board.settings_body(entry.project).get("merge", {}).get("method", "merge")
    return "squash" if wish == "squash" or (wish == "rebase" and entry.patch_set.commits == 1) else "merge"


def _message(entry: QueueEntry) -> str:
    change, vote = entry.change, entry.vote
    by = f", approved by {vote.user.label}" if vote else ""
    trailer = f"Change {change.number}, patch set {entry.patch_set.number}{by}."
    if _method(entry) == "squash" and entry.patch_set.message.strip():
        return f"{entry.patch_set.message.strip()}\n\n{trailer}\n"
    return f"{change.title}\n\n{trailer}\n"


def other_than_approved(stores: Stores, patch_set: PatchSet, parent: str, candidate: Candidate) -> list[str]:
    """Files whose change on this parent is not the one that was approved; [] when all are equal."""
    if (parent, candidate.tree) == (patch_set.base_sha, patch_set.tree_sha):
        return []
    now = candidates.patch_identity(stores, parent, candidate.sha)
    same = (now.total, now.additions, now.deletions) == (
        patch_set.patch_id,
        patch_set.additions,
        patch_set.deletions,
    )
    if same:
        return []
    approved = patch_set.file_patch_ids
    paths = sorted(approved.keys() | now.per_file.keys())
    return [path for path in paths if approved.get(path) != now.per_file.get(path)] or paths
