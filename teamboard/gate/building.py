"""The candidate of an entry: what exactly would land, and whether that is what was approved (I6, D9)."""

from teamboard.board import queries as board
from teamboard.board.models import Project
from teamboard.gate.models import QueueEntry
from teamboard.git import candidates
from teamboard.git.candidates import Candidate, Conflict, Replayed
from teamboard.git.commits import Person
from teamboard.git.stores import Stores
from teamboard.reviews.models import PatchSet


def build(stores: Stores, entry: QueueEntry, parent: str) -> Candidate | Conflict:
    """The same entry on the same parent gives the same commit, so a rebuild after a crash loses nothing."""
    patch_set, vote = entry.patch_set, entry.vote
    assert vote is not None
    if _method(entry) == "rebase":
        head, base = patch_set.head_sha, patch_set.base_sha
        return candidates.rebase(stores, parent=parent, base=base, head=head, when=vote.created_at)
    return candidates.build(
        stores,
        parent=parent,
        head=patch_set.head_sha,
        message=_message(entry),
        author=Person(patch_set.author_name, patch_set.author_email),
        when=vote.created_at,
        method="squash" if _method(entry) == "squash" else "merge",
    )


def _method(entry: QueueEntry) -> str:
    return str(board.settings_body(entry.project).get("merge", {}).get("method", "merge"))


def commits_to_check(project: Project, candidate: Candidate) -> list[Replayed]:
    """What must be green: the candidate, and of a rebase each commit that the target would show, if that is asked for.

    A merge shows one commit on the target's own line, a squash has only one.
    """
    every = board.settings_body(project).get("merge", {}).get("every_commit_green", True)
    return [*(candidate.steps[:-1] if every else ()), Replayed(candidate.sha, candidate.tree, "")]


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


def what_differs(stores: Stores, patch_set: PatchSet, parent: str, candidate: Candidate) -> str:
    """An approval is of lines with their surroundings, and a person should know which of the two is new."""
    approved = candidates.edits_of(stores, patch_set.base_sha, patch_set.head_sha)
    if approved == candidates.edits_of(stores, parent, candidate.sha):
        return "The target has changed right beside the approved lines, which are the same"
    return "Merged with the target it would change other lines than were approved"
