"""All writes of the merge gate."""

from teamboard.gate.actions.approvals import Approval, admit, approve
from teamboard.gate.actions.entries import (
    carry,
    enqueue,
    hold,
    record_candidate,
    release,
    requeue,
    resume_landing,
    return_to_author,
    withdraw,
)
from teamboard.gate.actions.freezing import doubt_landing, freeze, unfreeze
from teamboard.gate.actions.landing import (
    begin_landing,
    drop_intent,
    finish_landing,
    found_on_target,
    locks_removed,
    ref_moved,
    tree_synced,
)
from teamboard.gate.actions.undoing import undo
from teamboard.gate.requirements import Requirement, requirements

__all__ = [
    "Approval",
    "Requirement",
    "admit",
    "approve",
    "begin_landing",
    "carry",
    "doubt_landing",
    "drop_intent",
    "enqueue",
    "finish_landing",
    "found_on_target",
    "freeze",
    "hold",
    "locks_removed",
    "record_candidate",
    "ref_moved",
    "release",
    "requeue",
    "requirements",
    "resume_landing",
    "return_to_author",
    "tree_synced",
    "undo",
    "unfreeze",
    "withdraw",
]
