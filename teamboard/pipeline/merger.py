"""The merge queue at work: recover, admit, validate, build, check, land (gate.md T0-T6, window 1).

`tick` may run at any time, twice at once and after a kill at any point: the truth is read back from the upstream,
the Intent says what was about to happen, and the target moves by compare-and-set only.
"""

import logging
from datetime import timedelta

from django.utils import timezone

from teamboard.board import actions as board
from teamboard.board.models import Project
from teamboard.gate import actions, building, queries
from teamboard.gate.models import QueueEntry
from teamboard.gate.reasons import (
    APPROVAL_STALE,
    CANCELLED,
    CHECK_IMPOSSIBLE,
    CONFLICT,
    CONTENT_MISMATCH,
    FILES_IN_THE_WAY,
    FROZEN,
    STORE_UNREADABLE,
    UPSTREAM_LOCKED,
    UPSTREAM_REFUSED,
    UPSTREAM_UNREACHABLE,
    Reason,
    reason,
)
from teamboard.gate.requirements import against, standing_approval
from teamboard.gate.states import HELD
from teamboard.gate.verdicts import BROKEN, FAIL, WAIT, verdict, verdict_on_all
from teamboard.git.candidates import Candidate, Conflict
from teamboard.git.command import GitError
from teamboard.git.stores import StoreBusy
from teamboard.git.upstream import UpstreamProblem
from teamboard.lib.killpoints import kill_point
from teamboard.lib.statemachine import StaleState
from teamboard.pipeline import projects, readback
from teamboard.pipeline.landing import Next, hold, land, obstacle, roll_forward
from teamboard.pipeline.place import Place, Ticked
from teamboard.reviews import queries as reviews
from teamboard.reviews import storage
from teamboard.reviews.states import OPEN

log = logging.getLogger(__name__)

LOCK_SECONDS = 30.0
# No tick goes on for ever; what is left waits for the next one.
ENTRIES_PER_TICK = 50
REFUSED_PAUSE = timedelta(seconds=30)


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
            _work_past_locks(place)
    except StoreBusy:
        done.busy = True
    except StaleState as moved:
        log.info("queue of project %s: %s; the next tick sees it", project_id, moved)
    except UpstreamProblem as problem:
        _hold_all(place, problem)
    return done


def _work_past_locks(place: Place) -> None:
    """Only here, where the project's lock is held, is what a killed git left in our stores nobody's (D3)."""
    try:
        _work(place)
    except GitError as error:
        removed = place.stores.clear_stale_locks() if "lock" in error.stderr else []
        if not removed:
            raise
        log.warning("removed stale locks of project %s: %s", place.project.pk, removed)
        actions.locks_removed(place.project, removed)
        _work(place)


def _work(place: Place) -> None:
    intent = queries.intent_of(place.project)
    if intent is not None and roll_forward(place, intent) is Next.STOP:
        return
    for _ in range(ENTRIES_PER_TICK):
        actions.admit(place.project)
        entries = list(queries.live_entries(place.project))
        if not entries or _walk(place, entries, _read_target(place)) is not Next.AGAIN:
            return


def _walk(place: Place, entries: list[QueueEntry], target: str) -> Next:
    for entry in entries:
        step = _consider_or_say(place, entry, target)
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
        kill_point("target_seen")
        # Before the head is recorded, so that a kill between the two repeats it.
        projects.read_target(place.project, place.stores, sha)
        board.record_target(place.project, sha=sha, by_board=False)
    readback.confirm_history(place, sha)
    return sha


# One entry


def _consider_or_say(place: Place, entry: QueueEntry, target: str) -> Next:
    """A damaged store keeps one entry off, visibly; locks and a landing that has begun are the tick's own business."""
    try:
        return _consider(place, entry, target)
    except GitError as error:
        if "lock" in error.stderr or queries.intent_of(place.project) is not None:
            raise
        log.error("entry %s: %s", entry.pk, error)
        return hold(entry, reason(STORE_UNREADABLE, problem=str(error)[:300]))


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
    if rows := against(change):
        return reason(CANCELLED, why=rows[0].reason)
    if vote.pk != entry.vote_id:
        actions.carry(entry, newest, vote)
    return None


def _still_held(place: Place, entry: QueueEntry, target: str) -> bool:
    code = entry.reason.get("code")
    if code == FROZEN:
        return queries.freeze_of(place.project) is not None
    if code == CHECK_IMPOSSIBLE:
        tree, commit = entry.reason.get("tree"), entry.reason.get("commit")
        return verdict(place.project, tree or entry.candidate_tree, commit or entry.candidate_sha).kind == BROKEN
    if code in (UPSTREAM_REFUSED, STORE_UNREADABLE):
        return entry.changed_at > timezone.now() - REFUSED_PAUSE
    if code in (FILES_IN_THE_WAY, UPSTREAM_LOCKED) and entry.base_sha == target:
        why = obstacle(place, entry.base_sha, entry.candidate_sha)
        if why is not None:
            actions.hold(entry, why)
        return why is not None
    return False


def _build(place: Place, entry: QueueEntry, target: str) -> Next:
    built = building.build(place.stores, entry, target)
    if isinstance(built, Conflict):
        return _return(place, entry, _conflict(built, target))
    differing = building.other_than_approved(place.stores, entry.patch_set, target, built)
    if differing:
        what = building.what_differs(place.stores, entry.patch_set, target, built)
        return _return(place, entry, reason(CONTENT_MISMATCH, what=what, files=differing))
    place.stores.set_ref(f"refs/candidates/{entry.pk}", built.sha)
    kill_point("candidate_built")
    actions.record_candidate(entry, base_sha=target, sha=built.sha, tree=built.tree)
    kill_point("candidate_recorded")
    return _judge(place, entry, built)


def _conflict(built: Conflict, target: str) -> Reason:
    details = {"files": list(built.files), "target": target}
    if not built.commit:
        return reason(CONFLICT, what="It", **details)
    named = f'Its commit {built.commit[:10]}, "{built.subject}",'
    return reason(CONFLICT, what=named, commit=built.commit, **details)


def _judge(place: Place, entry: QueueEntry, built: Candidate) -> Next:
    found = verdict_on_all(place.project, building.commits_to_check(place.project, built))
    if found.kind == WAIT:
        return Next.STOP
    if found.kind == FAIL:
        return _return(place, entry, found.reason)
    if found.kind == BROKEN:
        return hold(entry, found.reason)
    return land(place, entry)


def _return(place: Place, entry: QueueEntry, why: Reason) -> Next:
    actions.return_to_author(entry, why)
    place.ticked.returned.append(entry.pk)
    return Next.AGAIN


def _hold_all(place: Place, problem: UpstreamProblem) -> None:
    """Nobody's change is to blame; each goes on by itself once the upstream answers. A begun landing waits as it is."""
    log.warning("queue of project %s: %s", place.project.pk, problem)
    intent = queries.intent_of(place.project)
    for entry in queries.live_entries(place.project):
        if (intent is None or intent.entry_id != entry.pk) and (entry.state != HELD):
            actions.hold(entry, reason(UPSTREAM_UNREACHABLE, problem=str(problem)))
