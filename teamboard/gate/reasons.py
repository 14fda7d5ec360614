"""Why an entry is held or was returned: one list of codes, each with a sentence and a remedy."""

from collections.abc import Mapping
from typing import Any

FILES_IN_THE_WAY, UPSTREAM_LOCKED, FROZEN = "files_in_the_way", "upstream_locked", "frozen"
CHECK_IMPOSSIBLE, UPSTREAM_UNREACHABLE = "check_impossible", "upstream_unreachable"
UPSTREAM_REFUSED, STORE_UNREADABLE = "upstream_refused", "store_unreadable"
CONFLICT, CHECKS_FAILED, APPROVAL_STALE = "conflict", "checks_failed", "approval_stale"
CONTENT_MISMATCH, CANCELLED = "content_mismatch", "cancelled"
# Of merged ones: nothing is wrong, but it should be known.
FILES_LEFT, MERGED_BY_HAND = "files_left", "merged_by_hand"
# Of merged ones: something is very wrong, and landing stops until a person has looked.
WRONG_TREE, TAKEN_OFF = "wrong_tree", "taken_off"
ALARMS = (WRONG_TREE, TAKEN_OFF)

Reason = dict[str, Any]

SENTENCES = {
    FILES_IN_THE_WAY: (
        "Files in the checked-out tree would be overwritten: {files}.",
        "Commit, move or remove them; it lands by itself then.",
    ),
    UPSTREAM_LOCKED: (
        "Another git holds a lock in the repository: {files}.",
        "Let it finish, or remove the lock if it is a leftover; it lands by itself then.",
    ),
    FROZEN: ("Landing is frozen{because}.", "Unfreeze the queue to go on."),
    CHECK_IMPOSSIBLE: ("The check {check} cannot run here.", "See its log, repair the set-up; it is tried again then."),
    UPSTREAM_UNREACHABLE: ("The repository cannot be reached: {problem}", "It is tried again by itself."),
    UPSTREAM_REFUSED: (
        "The repository did not let the target move: {problem}",
        "Allow this board to move it; it is tried again every half minute.",
    ),
    STORE_UNREADABLE: (
        "The board's own copy of the repository cannot be read: {problem}",
        "Nothing was merged; it is tried again every half minute. If it stays so, run `python manage.py doctor`.",
    ),
    CONFLICT: (
        "{what} conflicts with what is on the target now: {files}.",
        "Bring it up to date with the target and upload a patch set.",
    ),
    CHECKS_FAILED: ("The check {check} failed on {on}.", "See its log, upload a patch set, approve again."),
    APPROVAL_STALE: ("The approval does not cover what would land.", "Look at the newest patch set and approve it."),
    CONTENT_MISMATCH: (
        "{what}: {files}.",
        "Bring it up to date with the target, look at it and approve again.",
    ),
    FILES_LEFT: (
        "Merged. These files had been changed meanwhile and were left as they are: {files}.",
        "Compare them with the target.",
    ),
    MERGED_BY_HAND: ("It is on the target already: somebody merged it by hand.", ""),
    WRONG_TREE: (
        "What landed as {landed} is not the tree {tested} that its checks ran on.",
        "Look at the target by hand; let the queue land again when it is right.",
    ),
    TAKEN_OFF: (
        "It was merged as {sha}, and the target does not hold it any more.",
        "If nobody meant that, put the target back first; then let the queue land again.",
    ),
    CANCELLED: ("It was taken out of the queue.", "Approve it again to queue it."),
}


def reason(code: str, **details: Any) -> Reason:
    """The JSON of an entry's `reason`: its code, the details, a sentence and a remedy."""
    sentence, remedy = SENTENCES[code]
    return {"code": code, **details, "message": _filled(sentence, details), "remedy": remedy}


def frozen(why: str) -> Reason:
    return reason(FROZEN, why=why, because=f": {why.removesuffix('.')}" if why else "")


def _filled(sentence: str, details: Mapping[str, Any]) -> str:
    words = {key: ", ".join(value) if isinstance(value, list | tuple) else value for key, value in details.items()}
    return sentence.format(**words)
