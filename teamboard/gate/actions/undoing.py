"""Undo: a new change that takes a merged one back, to be reviewed and approved like any other."""

from django.utils import timezone

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import rights
from teamboard.gate.models import QueueEntry
from teamboard.git.commits import BOARD, Commit, Person
from teamboard.lib.refusal import Refused
from teamboard.reviews import actions as reviews
from teamboard.reviews import storage
from teamboard.reviews.models import Change
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
    merged = stores.commit_of(change.merged_sha)
    message = f"{title}\n\nThis takes back change {change.number}, merged as {change.merged_sha}.\n"
    author = Person(by.label, by.email or f"{by.username}@teamboard.invalid")
    head = stores.commit(stores.tree_of(_before(change, merged)), [merged.sha], message, author, BOARD, timezone.now())
    revision = read_revision(stores, merged.sha, head)
    made = reviews.open_change(change.project, revision=revision, origin=Change.PERSON, title=title, author=None, by=by)
    keep(stores, made.patch_sets.get(number=1))
    return made


def _before(change: Change, merged: Commit) -> str:
    """Where the target stood: a rebase may have put several commits on it at once."""
    entry = QueueEntry.objects.filter(change=change, candidate_sha=merged.sha).last()
    return entry.base_sha if entry else merged.parents[0]
