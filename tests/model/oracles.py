"""One question per invariant, asked of a world at its labelled points, at each move of the target, and at its end."""

from typing import TYPE_CHECKING

from teamboard.board import projectfile
from teamboard.board import queries as board
from teamboard.events import queries as events
from teamboard.gate.models import Freeze, Intent, QueueEntry
from teamboard.reviews import queries as reviews
from teamboard.reviews.models import Change, CheckRun, PatchSet
from teamboard.runs.models import Run, Step

if TYPE_CHECKING:
    from tests.model.people import Approved
    from tests.model.world import World

WRITTEN = {"step_after_result": "step", "check_after_verdict": "check"}
CLAIMED = {"step_claimed": "step", "check_claimed": "check"}


class Violation(AssertionError):
    """Names the invariant that does not hold."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


# The code under test may catch what is raised in it: what was found is kept, and raised again outside of it.
found: list[Violation] = []


def hold(invariant: str, true: object, what: str) -> None:
    if not true:
        found.append(Violation(invariant, what))
        raise found[-1]


def at(world: "World", label: str) -> None:
    if label == "after_intent":
        intent(world)
    elif label in CLAIMED:
        claimed(world, CLAIMED[label])
    elif label in WRITTEN:
        written(world, WRITTEN[label])


# Leases


def claimed(world: "World", kind: str) -> None:
    """I-2: nobody takes what a living worker holds. I-6: not more often than allowed."""
    me = world.worker()
    row: Step | CheckRun | None
    if kind == "step":
        row = Step.objects.filter(owner=me, state="running").order_by("-started_at", "-id").first()
    else:
        row = CheckRun.objects.filter(owner=me, state="in_progress").order_by("-started_at", "-id").first()
    if row is None:
        return  # stopped or merged a moment ago
    before = world.holder.get((kind, row.pk))
    if before is not None:
        living = [beat for beat in world.beating if beat.worker == before[0] and not beat.stopped]
        theft = living and before[0] != me and not any(beat.keeper.lost for beat in living)
        hold("I-2", not theft or row.attempt == 1, f"{kind} {row.pk} was taken from {before[0]}, which is alive")
        world.seen[f"a {kind} was claimed again"] += 1
    hold("I-6", row.attempt <= row.max_attempts, f"{kind} {row.pk} is tried for the {row.attempt}th time")
    world.holder[kind, row.pk] = (me, row.fence)


def written(world: "World", kind: str) -> None:
    """I-2: only the last to claim it has written. A verdict is remembered with its tree and definition."""
    me = world.worker()
    mine = [pk for (what, pk), (owner, _) in world.holder.items() if what == kind and owner == me]
    rows = Step.objects if kind == "step" else CheckRun.objects
    done = rows.filter(owner=me).exclude(state__in=("running", "in_progress", "ready", "queued")).values_list("pk")
    hold("I-2", any((pk,) in set(done) for pk in mine), f"{me} wrote the result of a {kind} that is not its own")
    for check in CheckRun.objects.filter(pk__in=mine, conclusion="success") if kind == "check" else ():
        world.green.add((check.tree_sha, check.definition_digest))


# Approval and landing


def approval(world: "World", change: Change, shown: PatchSet) -> None:
    """I-12: what was approved is what is newest. Nothing enters the queue over a requirement that was not waived."""
    newest = world.newest(change)
    hold("I-12", newest.pk == shown.pk, f"patch set {shown.number} was approved while {newest.number} is there")
    entry = QueueEntry.objects.filter(change=change).order_by("-id").first()
    if entry is not None and entry.vote is not None and entry.vote == change.votes.order_by("-id").first():
        open_threads = reviews.open_threads(change).exists()
        hold("I-14", not open_threads or "threads" in entry.vote.waived, "an open thread that nobody waived")
        unseen = {f"shown:{path}" for path in world.approved[-1].unseen}
        hold("I-14", unseen <= set(entry.vote.waived), f"{unseen} was neither shown nor waived")


def intent(world: "World") -> None:
    """At the moment the intent is durable, all that allows the landing is true."""
    row = Intent.objects.select_related("entry__change", "entry__patch_set", "entry__vote").get()
    entry = row.entry
    world.seen["intent"] += 1
    world.intents.add((row.old_sha, row.new_sha))
    newest = world.newest(entry.change)
    hold("I-12", newest.pk == entry.patch_set_id, f"patch set {entry.patch_set.number} lands, {newest.number} is there")
    hold("I-10", entry.change.state == "open", f"the change is {entry.change.state}")
    hold("freeze", not Freeze.objects.exists(), "a landing began while the queue was frozen")
    hold("objections", not _objected(entry.change, newest), "somebody asked for changes")
    given = _approval_of(world, entry)
    hold("I-10", given is not None, f"nobody approved {entry.patch_set.head_sha[:8]} or the same edit")
    assert given is not None
    in_force = world.board_definition()
    hold("I-12", given.definition == in_force, "the definition of the checks has changed since the approval")
    hold("I-21", _definition_at(world, row.old_sha) == in_force, "the definition in force is not the target's")
    if given.head != entry.patch_set.head_sha:
        world.seen["an approval was carried"] += 1
    _proven(world, row)
    _same_edit(world, row, given)
    ways = world.ground.owned() & _added(world, row)
    hold("D2", not ways, f"{ways} of the user's stand where files must go")


def _objected(change: Change, newest: PatchSet) -> bool:
    return change.votes.filter(patch_set=newest, value__lt=0, replaced_at=None).exists()


def _approval_of(world: "World", entry: QueueEntry) -> "Approved | None":
    """The last thing that a person said about this head, or about the same edit on another base."""
    head, patch = entry.patch_set.head_sha, entry.patch_set.patch_id
    own = PatchSet.objects.filter(change=entry.change).values_list("pk", flat=True)
    given = [one for one in world.approved if one.patch_set in set(own)]
    exact = [one for one in given if one.head == head]
    return (exact or [one for one in given if one.patch_id == patch] or [None])[-1]


def _definition_at(world: "World", sha: str) -> str:
    return projectfile.digest(projectfile.parse(world.ground.files(sha)[projectfile.PATH]))


def _proven(world: "World", row: Intent) -> None:
    """I-17, I-25: a check of exactly this tree, with exactly this definition, was green."""
    tree = world.ground.tree(row.new_sha)
    body = projectfile.parse(world.ground.files(row.old_sha)[projectfile.PATH])
    for name in body["checks"]:
        key = (tree, projectfile.check_digest(body, name))
        hold("I-17", key in world.green, f"{name} was never green on the tree that lands")


def _same_edit(world: "World", row: Intent, given: "Approved") -> None:
    now = world.ground.candidates.patch_identity(world.ground.stores, row.old_sha, row.new_sha)
    hold("I-10", now.total == given.patch_id, "other lines land than were approved")


def _added(world: "World", row: Intent) -> set[str]:
    return set(world.ground.files(row.new_sha)) - set(world.ground.files(row.old_sha))


def move(world: "World", old: str, new: str) -> None:
    """I-13, I-15 at the instant of each move of the target that the board makes."""
    hold("I-13", world.ground.parents(new)[:1] == (old,), f"{new[:8]} does not stand on {old[:8]}, where main was")
    row = Intent.objects.filter(new_sha=new, old_sha=old).first()
    hold("I-15", row is not None and (old, new) in world.intents, f"{new[:8]} lands without a durable intent")
    world.seen["landed"] += 1


def end(world: "World") -> None:
    """After everything has come to rest: no limbo, nothing twice, nothing lost, the books agree."""
    line = world.ground.line()
    ours = [new for _, new, who in world.moves if who == "board"]
    hold("I-16", not Intent.objects.exists(), "a landing was begun and never ended")
    hold("I-18", set(ours) <= set(line), "what was merged is no longer on main")
    hold("I-13", all(new in line for _, new, who in world.moves if who == "hand"), "a commit by hand is lost")
    known = set(ours) | {new for _, new, who in world.moves if who == "hand"}
    hold("I-10", set(line[:-1]) <= known, "something nobody put there is on main")
    merged = list(QueueEntry.objects.filter(state="merged").select_related("change", "patch_set"))
    hold("I-19", len({row.change_id for row in merged}) == len(merged), "a change was merged twice")
    heads = [row.patch_set.head_sha for row in merged if row.candidate_sha in ours]
    hold("I-19", len(set(heads)) == len(heads), "a head was merged twice")
    by_board = {row.candidate_sha for row in merged if row.reason.get("code") != "merged_by_hand"}
    hold("I-16", by_board == set(ours), "the books and main differ about what has landed")
    hold("I-16", all(row.change.state == "merged" for row in merged), "merged, but its change is not")
    world.project.refresh_from_db()
    hold("I-16", world.project.head_sha == line[0], "the board does not know where main is")
    in_force = board.definition_digest(world.project)
    hold("I-21", in_force == _definition_at(world, line[0]), "the definition in force is not the target's")
    work = world.ground.work_files()
    if work is not None and ours:
        main = world.ground.files(line[0])
        differ = {path for path in work.keys() | main.keys() if work.get(path) != main.get(path)}
        left = {path for row in merged if row.reason.get("code") == "files_left" for path in row.reason["files"]}
        hold("D2", differ <= left, f"{differ - left} in the work tree are not what main says, and nobody was told")
    runs_ended(world)
    hold("I-60", events.broken_link(world.project.pk) is None, "the chain of facts is broken")


def freed(world: "World") -> None:
    """I-3: a lease and a sweep after a death, nobody dead holds a step any more, whether the death was seen or not."""
    if world.seen["the clock jumped"]:
        return  # back an hour, and a lease seems to end an hour late, unless its owner is known to be dead
    held = Step.objects.filter(state="running", owner__in=world.dead)
    hold("I-3", not held.exists(), "a step is still held by a worker that died long ago")


def runs_ended(world: "World") -> None:
    """I-3, I-6: every run has come to a place from which a person, or nobody, takes it on."""
    for run in Run.objects.exclude(state__in=("waiting", "succeeded", "failed", "cancelled")):
        hold("I-3", False, f"{run} is {run.state} and nobody works on it")
    left = Step.objects.filter(state="running") | Step.objects.filter(state="ready", run__state="running")
    hold("I-3", not left.exists(), "a step was left behind")
    twice = [run.pk for run in Run.objects.all() if run.patch_sets.values("head_sha").distinct().count() > 2]
    hold("I-2", not twice, f"runs {twice} proposed more than their rounds")
