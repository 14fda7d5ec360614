"""What the target holds is read back: the tree that was tested, and everything that landed before (I-17, I-18)."""

import logging

from teamboard.gate import actions, queries
from teamboard.gate.models import Intent
from teamboard.gate.reasons import TAKEN_OFF, WRONG_TREE
from teamboard.pipeline.place import Place

log = logging.getLogger(__name__)

# Where each project's target stood when nothing was missing from it; only saves a question to git.
_whole: dict[int, str] = {}


def confirm_tree(place: Place, intent: Intent) -> None:
    """After the compare-and-set: the commit on the target has the very tree that its checks ran on."""
    entry = intent.entry
    landed = place.stores.tree_of(intent.new_sha)
    if landed != entry.candidate_tree:
        log.error("entry %s landed the tree %s, tested was %s", entry.pk, landed, entry.candidate_tree)
        actions.doubt_landing(entry, WRONG_TREE, landed=landed, tested=entry.candidate_tree)


def confirm_history(place: Place, head: str) -> None:
    """Whatever landed before is still part of the target; what is not is said once, and landing stops."""
    if _whole.get(place.project.pk) == head:
        return
    lost = set(place.stores.refs_outside(head, "refs/candidates/").values())
    missing = [entry for entry in queries.merged_by_board(place.project) if entry.candidate_sha in lost]
    for entry in missing:
        log.error("entry %s was merged as %s, which %s does not hold", entry.pk, entry.candidate_sha, head)
        actions.doubt_landing(entry, TAKEN_OFF, sha=entry.candidate_sha)
    _whole[place.project.pk] = head
