"""The merge queue at work: recover, admit, validate, build, check, land (gate.md T0-T6, window 1).

`tick` may run at any time, twice at once and after a kill at any point: the truth is read back from the upstream,
the Intent says what was about to happen, and the target moves by compare-and-set only.
"""

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path

from django.utils import timezone

from teamboard.board import actions as board
from teamboard.board.models import Project
from teamboard.gate import actions, building, queries
from teamboard.gate.models import Intent, QueueEntry
from teamboard.gate.reasons import (
    APPROVAL_STALE,
    CANCELLED,
    CHECK_IMPOSSIBLE,
    CONFLICT,
    CONTENT_MISMATCH,
    FILES_IN_THE_WAY,
    FROZEN,
    UPSTREAM_LOCKED,
    UPSTREAM_REFUSED,
    UPSTREAM_UNREACHABLE,
    Reason,
    reason,
)
from teamboard.gate.requirements import standing_approval, unmet
from teamboard.gate.states import HELD, PREPARED, REF_MOVED
from teamboard.gate.verdicts import BROKEN, FAIL, WAIT, verdict
from teamboard.git import checkouts
from teamboard.git.candidates import Conflict
from teamboard.git.command import GitError
from teamboard.git.stores import StoreBusy, Stores
from teamboard.git.upstream import Locked, Moved, Raced, Upstream, UpstreamProblem
from teamboard.lib.killpoints import kill_point
from teamboard.lib.statemachine import StaleState
from teamboard.pipeline import projects
from teamboard.reviews import queries as reviews
from teamboard.reviews import storage
from teamboard.reviews.states import OPEN

log = logging.getLogger(__name__)

# The sync of a work tree lives on Django-free ground, so its kill points are lent to it.
checkouts.on_step = kill_point

LOCK_SECONDS = 30.0
# No tick goes on for ever; what is left waits for the next one.
ENTRIES_PER_TICK = 50
REFUSED_PAUSE = timedelta(seconds=30)


class Next(Enum):
    """What the queue does after it has looked at an entry."""

    AGAIN = "something left the queue: begin at its head again"
    SKIP = "this one is held: look at the next"
    STOP = "this one is being tested: wait"


@dataclass(slots=True)
class Ticked:
    """What a tick did, for whoever called it: entry ids, and whether somebody else held the lock."""

    landed: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """One project's stores and upstream."""

    project: Project
    stores: Stores
    upstream: Upstream
    ticked: Ticked

    @property
    def target(self) -> str:
        return self.project.target


def tick(project_id: int) -> Ticked:
    """Do all that can be done now for this project's queue. Rung by facts and by the sweeper; safe without either."""
    project = Project.objects.get(pk=project_id)
    done = Ticked()
    if project.status != Project.READY:
        return done
    stores = storage.stores(project_id)
    place = Place(project, stores, projects.upstream_of(project), done)
    try:
        with stores.lock(LOCK_SECONDS):
            _work(place)
    except StoreBusy:
        done.busy = True
    except StaleState as moved:
        log.info("queue of project %s: %s; the next tick sees it", project_id, moved)
    except UpstreamProblem as problem:
        _hold_all(place, problem)
    except GitError as error:
        if "lock" in error.stderr:
            log.warning("removed stale locks of project %s: %s", project_id, stores.clear_stale_locks())
        raise
    return done


def _work(place: Place) -> None:
    intent = queries.intent_of(place.project)
    if intent is not None and _roll_forward(place, intent) is Next.STOP:
        return
    for _ in range(ENTRIES_PER_TICK):
        actions.admit(place.project)
        entries = list(queries.live_entries(place.project))
        if not entries or _walk(place, entries, _read_target(place)) is not Next.AGAIN:
            return


def _walk(place: Place, entries: list[QueueEntry], target: str) -> Next:
    for entry in entries:
        step = _consider(place, entry, target)
        if step is not Next.SKIP:
            return step
    return Next.STOP


def _read_target(place: Place) -> str:
    """Where the target stands in the upstream; our mirror follows it."""
    sha = place.upstream.target_sha(place.target)
    if sha is None:
        raise UpstreamProblem("no_such_branch", f"The branch {place.target} is gone.", "Make it again.")
    if place.stores.resolve(f"refs/heads/{place.target}") != sha:
        sha = place.stores.mirror(place.upstream, place.target)
    if sha != place.project.head_sha:
        # Before the head is recorded, so that a kill between the two repeats it.
        projects.read_target(place.project, place.stores, sha)
        board.record_target(place.project, sha=sha, by_board=False)
    return sha


# One entry


def _consider(place: Place, entry: QueueEntry, target: str) -> Next:
    why = _stale(entry)
    if why is not None:
        return _return(place, entry, why)
    if place.stores.is_ancestor(entry.patch_set.head_sha, target):
        actions.found_on_target(entry, head_sha=target)
        place.ticked.landed.append(entry.pk)
        return Next.AGAIN
    if entry.state == HELD:
        if _still_held(place, entry, target):
            return Next.SKIP
        actions.release(entry)
    return _build(place, entry, target)


def _stale(entry: QueueEntry) -> Reason | None:
    """Why the approval does not carry this entry any more (T2); follows a rebase that changed nothing."""
    change = entry.change
    if change.state != OPEN:
        return reason(CANCELLED, change=change.state)
    vote = standing_approval(change)
    newest = reviews.newest_patch_set(change)
    if vote is None or newest is None:
        current = newest.number if newest else 0
        return reason(APPROVAL_STALE, approved=entry.patch_set.number, current=current)
    against = [row for row in unmet(actions.requirements(change)) if row.name in ("objections", "checks_defined")]
    if against:
        return reason(CANCELLED, why=against[0].reason)
    if vote.pk != entry.vote_id:
        actions.carry(entry, newest, vote)
    return None


def _still_held(place: Place, entry: QueueEntry, target: str) -> bool:
    code = entry.reason.get("code")
    if code == FROZEN:
        return queries.freeze_of(place.project) is not None
    if code == CHECK_IMPOSSIBLE:
        return verdict(place.project, entry.candidate_tree, entry.candidate_sha).kind == BROKEN
    if code == UPSTREAM_REFUSED:
        return entry.changed_at > timezone.now() - REFUSED_PAUSE
    if code in (FILES_IN_THE_WAY, UPSTREAM_LOCKED) and entry.base_sha == target:
        why = _obstacle(place, entry.base_sha, entry.candidate_sha)
        if why is not None:
            actions.hold(entry, why)
        return why is not None
    return False


def _build(place: Place, entry: QueueEntry, target: str) -> Next:
    built = building.build(place.stores, entry, target)
    if isinstance(built, Conflict):
        return _return(place, entry, reason(CONFLICT, files=list(built.files), target=target))
    differing = building.other_than_approved(place.stores, entry.patch_set, target, built)
    if differing:
        return _return(place, entry, reason(CONTENT_MISMATCH, files=differing))
    place.stores.set_ref(f"refs/candidates/{entry.pk}", built.sha)
    actions.record_candidate(entry, base_sha=target, sha=built.sha, tree=built.tree)
    return _judge(place, entry)


def _judge(place: Place, entry: QueueEntry) -> Next:
    found = verdict(place.project, entry.candidate_tree, entry.candidate_sha)
    if found.kind == WAIT:
        return Next.STOP
    if found.kind == FAIL:
        return _return(place, entry, found.reason)
    if found.kind == BROKEN:
        return _hold(entry, found.reason)
    return _land(place, entry)


def _return(place: Place, entry: QueueEntry, why: Reason) -> Next:
    actions.return_to_author(entry, why)
    place.ticked.returned.append(entry.pk)
    return Next.AGAIN


def _hold(entry: QueueEntry, why: Reason) -> Next:
    actions.hold(entry, why)
    return Next.SKIP


def _hold_all(place: Place, problem: UpstreamProblem) -> None:
    """Nobody's change is to blame; each goes on by itself once the upstream answers. A begun landing waits as it is."""
    log.warning("queue of project %s: %s", place.project.pk, problem)
    intent = queries.intent_of(place.project)
    for entry in queries.live_entries(place.project):
        if (intent is None or intent.entry_id != entry.pk) and (entry.state != HELD):
            actions.hold(entry, reason(UPSTREAM_UNREACHABLE, problem=str(problem)))


# Landing


def _land(place: Place, entry: QueueEntry) -> Next:
    why = _obstacle(place, entry.base_sha, entry.candidate_sha)
    if why is not None:
        return _hold(entry, why)
    kill_point("before_intent")
    intent = actions.begin_landing(entry)
    if intent is None:
        return Next.SKIP
    kill_point("after_intent")
    return _roll_forward(place, intent)


def _obstacle(place: Place, old: str, new: str) -> Reason | None:
    """What of the user's would be overwritten, or is locked, in any work tree that has the target checked out (D2)."""
    files: list[str] = []
    for checkout in place.upstream.checkouts_of(place.target):
        lock = place.upstream.conflicting_lock(checkout)
        if lock is not None:
            return reason(UPSTREAM_LOCKED, files=[lock])
        place.upstream.push_objects(place.stores.hub, new)
        files += place.upstream.in_the_way(checkout, old, new)
    return reason(FILES_IN_THE_WAY, files=sorted(set(files))) if files else None


def _roll_forward(place: Place, intent: Intent) -> Next:
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
        why = _obstacle(place, intent.old_sha, intent.new_sha)
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
    projects.read_target(place.project, place.stores, head)
    kill_point("before_finish")
    actions.finish_landing(intent, head_sha=head)
    place.project.head_sha = head
    place.ticked.landed.append(intent.entry_id)
    return Next.AGAIN
