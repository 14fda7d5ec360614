"""The last stretch of an entry: from a green candidate to the target and every checked-out tree, whatever is killed.

The truth is read back from the upstream, the Intent says what was about to happen, and the target moves by
compare-and-set only.
"""

from enum import Enum
from pathlib import Path

from teamboard.gate import actions
from teamboard.gate.models import Intent, QueueEntry
from teamboard.gate.reasons import FILES_IN_THE_WAY, UPSTREAM_LOCKED, UPSTREAM_REFUSED, Reason, reason
from teamboard.gate.states import PREPARED, REF_MOVED
from teamboard.git import checkouts
from teamboard.git.command import GitError
from teamboard.git.upstream import Locked, Moved, Raced, UpstreamProblem
from teamboard.lib.killpoints import kill_point
from teamboard.pipeline import projects, readback
from teamboard.pipeline.place import Place

# The sync of a work tree lives on Django-free ground, so its kill points are lent to it.
checkouts.on_step = kill_point


class Next(Enum):
    """What the queue does after it has looked at an entry."""

    AGAIN = "something left the queue: begin at its head again"
    SKIP = "this one is held: look at the next"
    STOP = "this one is being tested: wait"


def hold(entry: QueueEntry, why: Reason) -> Next:
    actions.hold(entry, why)
    return Next.SKIP


def land(place: Place, entry: QueueEntry) -> Next:
    why = obstacle(place, entry.base_sha, entry.candidate_sha)
    if why is not None:
        return hold(entry, why)
    kill_point("before_intent")
    intent = actions.begin_landing(entry)
    if intent is None:
        return Next.SKIP
    kill_point("after_intent")
    return roll_forward(place, intent)


def obstacle(place: Place, old: str, new: str) -> Reason | None:
    """What of the user's would be overwritten, or is locked, in any work tree that has the target checked out (D2)."""
    files: list[str] = []
    for checkout in place.upstream.checkouts_of(place.target):
        lock = place.upstream.conflicting_lock(checkout)
        if lock is not None:
            return reason(UPSTREAM_LOCKED, files=[lock])
        place.upstream.push_objects(place.stores.hub, new)
        files += place.upstream.in_the_way(checkout, old, new)
    return reason(FILES_IN_THE_WAY, files=sorted(set(files))) if files else None


def roll_forward(place: Place, intent: Intent) -> Next:
    """From whatever point a landing has reached to its end, or to the proof that it did not happen (T0)."""
    if intent.phase == PREPARED:
        step = _move_target(place, intent)
        if step is not None:
            return step
    if intent.phase == REF_MOVED and not _sync(place, intent):
        return Next.STOP
    return _finish(place, intent)


def _move_target(place: Place, intent: Intent) -> Next | None:
    """None: the target holds the new commit. Otherwise the intent is gone and the entry waits again."""
    if not _is_on_target(place, intent):
        why = obstacle(place, intent.old_sha, intent.new_sha)
        if why is not None:
            actions.drop_intent(intent, why)
            return Next.SKIP
        moved = _compare_and_set(place, intent)
        if moved is None:
            return Next.SKIP
        kill_point("after_ref")
        if isinstance(moved, Locked):
            actions.drop_intent(intent, reason(UPSTREAM_LOCKED, files=list(moved.files)))
            return Next.SKIP
        if isinstance(moved, Raced) and not _is_on_target(place, intent):
            actions.drop_intent(intent)
            return Next.AGAIN
    actions.ref_moved(intent)
    return None


def _compare_and_set(place: Place, intent: Intent) -> Moved | Raced | Locked | None:
    """None when the upstream refused and reading it back proves that nothing has moved: the entry is held then."""
    try:
        place.upstream.push_objects(place.stores.hub, intent.new_sha)
        kill_point("after_objects")
        return place.upstream.compare_and_set(place.target, intent.new_sha, intent.old_sha, store=place.stores.hub)
    except (UpstreamProblem, GitError) as problem:
        if _is_on_target(place, intent):
            return Moved(intent.new_sha)
        actions.drop_intent(intent, reason(UPSTREAM_REFUSED, problem=str(problem)))
        return None


def _is_on_target(place: Place, intent: Intent) -> bool:
    """Read back from the truth: the new commit is the target or an ancestor of it."""
    current = place.upstream.target_sha(place.target)
    if current is None or current == intent.old_sha:
        return False
    if current == intent.new_sha:
        return True
    place.stores.mirror(place.upstream, place.target)
    return place.stores.is_ancestor(intent.new_sha, current)


def _sync(place: Place, intent: Intent) -> bool:
    """Bring every checked-out tree to the new commit; what the user changed meanwhile is left and named."""
    kill_point("before_sync")
    left: list[str] = []
    for checkout in place.upstream.checkouts_of(place.target):
        result = _sync_one(place, intent, checkout)
        if result is None:
            return False
        left += result
    kill_point("after_sync")
    actions.tree_synced(intent, left=sorted(set(left)))
    return True


def _sync_one(place: Place, intent: Intent, checkout: Path) -> list[str] | None:
    """The files left alone; None while somebody else's git has the index locked."""
    result = place.upstream.sync(checkout, intent.old_sha, intent.new_sha, f"entry-{intent.entry_id}")
    if not result.done:
        actions.hold(intent.entry, reason(UPSTREAM_LOCKED, files=[result.lock or f"{checkout}/.git/index.lock"]))
        return None
    actions.resume_landing(intent.entry)
    return list(result.left)


def _finish(place: Place, intent: Intent) -> Next:
    if not _is_on_target(place, intent):
        # Somebody took it off the target again before we could tell: it is built anew on what is there now.
        actions.drop_intent(intent)
        return Next.AGAIN
    head = place.stores.mirror(place.upstream, place.target)
    readback.confirm_tree(place, intent)
    readback.confirm_history(place, head)
    projects.read_target(place.project, place.stores, head)
    kill_point("before_finish")
    actions.finish_landing(intent, head_sha=head)
    kill_point("after_finish")
    place.project.head_sha = head
    place.ticked.landed.append(intent.entry_id)
    return Next.AGAIN
