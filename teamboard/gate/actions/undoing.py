"""Undo: a new change that takes a merged one back, to be reviewed and approved like any other."""

from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import MERGED as ENTRY_MERGED
from teamboard.git.candidates import merge_trees
from teamboard.git.commits import BOARD, Person
from teamboard.git.stores import Stores
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews import storage
from teamboard.reviews.models import Change, PatchSet
from teamboard.reviews.revision import keep, read_revision
from teamboard.reviews.states import MERGED, OPEN


def undo(change: Change, *, by: User) -> Change:
    """What landed with the tree from before on top of it: merging that with today's target is the revert."""
    rights.require(by, change.project, ARCHITECT, "undo a change")
    if change.state != MERGED:
        raise Refused("not_merged", "Only a merged change can be undone.", remedy="Reject it instead.")
    title = f'Revert "{change.title}"'[:250]
    open_already = Change.objects.filter(project=change.project, state=OPEN, title=title).first()
    if open_already is not None:
        return open_already
    stores = storage.stores(change.project_id)
    merged = change.merged_sha
    message = f"{title}\n\nThis takes back change {change.number}, merged as {merged}.\n"
    author = Person(by.label, by.email or f"{by.username}@teamboard.invalid")
    head = stores.commit(_tree_without(change, stores), [merged], message, author, BOARD, timezone.now())
    revision = read_revision(stores, merged, head)
    made = reviews.open_change(change.project, revision=revision, origin=Change.PERSON, title=title, author=None, by=by)
    keep(stores, made.patch_sets.get(number=1))
    return made


def _tree_without(change: Change, stores: Stores) -> str:
    """What the board landed begins where its queue entry says; a rebase may have put several commits on the target."""
    entry = QueueEntry.objects.filter(change=change, state=ENTRY_MERGED).last()
    if entry is None:
        return stores.tree_of(stores.commit_of(change.merged_sha).parents[0])
    if entry.candidate_sha == change.merged_sha:
        return stores.tree_of(entry.base_sha)
    return _taken_out(entry.patch_set, change.merged_sha, stores)


def _taken_out(patch_set: PatchSet, target: str, stores: Stores) -> str:
    """Merged by hand, nobody knows where: what the patch set changed is taken out of the target it was found on."""
    without = merge_trees(stores.hub, target, patch_set.base_sha, base=patch_set.head_sha)
    if without.conflicts:
        files = ", ".join(without.conflicts)
        raise Refused(
            "undo_conflict",
            f"It was merged by hand, and what came with it or after it changed the same lines of {files}.",
            remedy="Take it back on a branch of your own, and have that branch reviewed here.",
            details={"files": list(without.conflicts)},
        )
    if without.tree == stores.tree_of(target):
        raise Refused(
            "nothing_to_undo",
            "It was merged by hand, and nothing of it was on the target any more when the board saw it.",
            remedy="There is nothing to do.",
        )
    return without.tree
