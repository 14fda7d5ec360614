"""What stands between a change and the queue: named rows, met or not, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from teamboard.accounts.models import User
from teamboard.board import queries as board
from teamboard.board import rights
from teamboard.gate.models import QueueEntry
from teamboard.git.diff import shown_path
from teamboard.reviews import queries as reviews
from teamboard.reviews.models import Change, PatchSet, Vote
from teamboard.reviews.states import COMPLETED, OPEN, SUCCESS

# What takes a change out of the queue again when it is met no more.
NEVER_WITHOUT = ("objections", "checks_defined", "shown")


@dataclass(frozen=True, slots=True)
class Requirement:
    """`met` None: not known yet. Those that are not `blocking` are decided later, by the gate, on the candidate.

    `waivable` is by the row's name; a row about single files names them in `paths`, and each is waived by itself.
    """

    name: str
    label: str
    met: bool | None
    reason: str
    waivable: bool = False
    waived: bool = False
    blocking: bool = True
    paths: tuple[str, ...] = ()

    @property
    def waivers(self) -> list[str]:
        """What an approval names to waive this row; [] when there is nothing to waive."""
        if self.met is True:
            return []
        return [waiver_of(self.name, path) for path in self.paths] or ([self.name] if self.waivable else [])

    @property
    def stands_in_the_way(self) -> bool:
        return self.blocking and self.met is not True and not self.waived


ROWS = (
    "open",
    "branch",
    "settings",
    "approved",
    "shown",
    "guarded",
    "objections",
    "threads",
    "checks_defined",
    "checks",
)


def waiver_of(row: str, path: str) -> str:
    return f"{row}:{path}"


def requirements(
    change: Change, waived: Collection[str] | None = None, *, reader: User | None = None
) -> list[Requirement]:
    """All rows of one change. `waived` None: what its standing approval waived by name.

    While nobody has approved, `reader` is told what they have not been shown themselves.
    """
    newest = reviews.newest_patch_set(change)
    votes = reviews.current_votes(change)
    approval = standing_approval(change, newest, votes)
    names = (approval.waived if approval else []) if waived is None else waived
    rows = [
        _open(change, newest),
        *_branch(change),
        _settings(change),
        _approved(change, newest, votes, approval),
        _shown(newest, approval, reader),
        *_guarded(newest),
        _objections(votes),
        _threads(change),
        _checks_defined(change),
        _checks(change, newest),
    ]
    return [replace(row, waived=bool(row.waivers) and set(row.waivers) <= set(names)) for row in rows]


def unmet(rows: Collection[Requirement]) -> list[Requirement]:
    return [row for row in rows if row.stands_in_the_way]


def standing_approval(
    change: Change, newest: PatchSet | None = None, votes: Collection[Vote] | None = None
) -> Vote | None:
    """The +2 that covers the newest patch set and the definition in force (D9), by somebody other than its author."""
    newest = newest or reviews.newest_patch_set(change)
    votes = reviews.current_votes(change) if votes is None else votes
    digest = board.definition_digest(change.project)
    plus = [vote for vote in votes if vote.value == 2 and vote.definition_digest == digest]
    others = [vote for vote in plus if not is_author(vote, change, newest)]
    if others:
        return others[-1]
    return plus[-1] if plus and _sole_architect(change) else None


def against(change: Change) -> list[Requirement]:
    """What takes a change out of the queue again."""
    return [row for row in unmet(requirements(change)) if row.name in NEVER_WITHOUT]


def still_covered(entry: QueueEntry) -> bool:
    """The approval under which the entry was built and tested holds as we speak."""
    change = Change.objects.select_related("project").get(pk=entry.change_id)
    vote = standing_approval(change)
    return change.state == OPEN and vote is not None and vote.pk == entry.vote_id and not against(change)


def is_author(vote: Vote, change: Change, newest: PatchSet | None) -> bool:
    return vote.user_id in (change.author_user_id, newest.uploaded_by_id if newest else None)


def _sole_architect(change: Change) -> bool:
    return rights.architects_of(change.project).distinct().count() <= 1


def _open(change: Change, newest: PatchSet | None) -> Requirement:
    if newest is None:
        return Requirement("open", "Open for review", False, "It has no patch set yet.")
    return Requirement("open", "Open for review", change.state == OPEN, f"The change is {change.state}.")


def _branch(change: Change) -> list[Requirement]:
    if change.origin != Change.BRANCH:
        return []
    reason = change.branch_problem or f"{change.branch} is where it was."
    return [Requirement("branch", "The branch is there", not change.branch_problem, reason, waivable=True)]


def _settings(change: Change) -> Requirement:
    problem = board.settings_problem(change.project)
    reason = problem or "They can be read."
    # Waivable, or a broken project file could never be repaired through the board.
    return Requirement("settings", "Settings readable", not problem, reason, waivable=True)


def _approved(change: Change, newest: PatchSet | None, votes: Collection[Vote], approval: Vote | None) -> Requirement:
    label = "Approved by an Architect"
    if approval is not None:
        return Requirement("approved", label, True, _praise(approval, change, newest))
    if any(vote.value == 2 for vote in votes):
        own = all(is_author(vote, change, newest) for vote in votes if vote.value == 2)
        why = (
            "Only its author has approved it; another Architect has to."
            if own
            else "The definition of the checks has changed since the approval. Approve again."
        )
        return Requirement("approved", label, False, why)
    outdated = any(vote.value == 2 for vote in reviews.votes_of(change))
    why = "The approval was for an older patch set." if outdated else "Nobody has approved it yet."
    return Requirement("approved", label, False, why)


def _praise(vote: Vote, change: Change, newest: PatchSet | None) -> str:
    text = f"{vote.user.label} approved patch set {vote.patch_set.number}"
    if vote.carried_from_id is not None:
        text += ", carried over a rebase that changed nothing"
    if is_author(vote, change, newest):
        text += ", their own work, as the only Architect"
    return f"{text}."


def _shown(newest: PatchSet | None, approval: Vote | None, reader: User | None) -> Requirement:
    """What was shown is bound to the approval (D9, I-14): a file opened later needs another one."""
    label = "Every file shown"
    if approval is not None:
        return _not_shown(label, approval.unshown, approval.user.label)
    if newest is not None and reader is not None:
        return _not_shown(label, [shown_path(path) for path in reviews.unshown_to(newest, reader)], "you")
    return Requirement("shown", label, None, "Decided with the approval.", blocking=False)


def _not_shown(label: str, paths: Sequence[str], who: str) -> Requirement:
    if not paths:
        return Requirement("shown", label, True, f"The whole diff was shown to {who}.")
    reason = f"Not shown to {who}: {_few(paths)}."
    return Requirement("shown", label, False, reason, paths=tuple(paths))


def _few(paths: Sequence[str], most: int = 5) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more


def _guarded(newest: PatchSet | None) -> list[Requirement]:
    """Said loudly, and acknowledged by itself: a page does not approve without that, a script may."""
    if newest is None or not newest.guarded:
        return []
    files = _few([shown_path(path) for path in newest.guarded])
    reason = f"It touches guarded files: {files}."
    return [Requirement("guarded", "Guarded files acknowledged", False, reason, waivable=True, blocking=False)]


def _objections(votes: Collection[Vote]) -> Requirement:
    against = sorted({vote.user.label for vote in votes if vote.value < 0})
    reason = f"{', '.join(against)} asked for changes." if against else "Nobody asks for changes."
    return Requirement("objections", "No changes asked for", not against, reason)


def _threads(change: Change) -> Requirement:
    count = reviews.open_threads(change).count()
    text = f"{count} thread{'s' if count != 1 else ''} still open." if count else "All threads are resolved."
    return Requirement("threads", "Threads resolved", not count, text, waivable=True)


def _checks_defined(change: Change) -> Requirement:
    names = sorted(board.required_checks(change.project))
    reason = f"Required: {', '.join(names)}." if names else "No check is required here, so nothing would be proven."
    return Requirement("checks_defined", "At least one required check", bool(names), reason, waivable=True)


def _checks(change: Change, newest: PatchSet | None) -> Requirement:
    """For the eyes: the gate decides on the candidate, whose tree may be another one."""
    label, names = "Checks", set(board.required_checks(change.project))
    rows = reviews.checks_of(newest.tree_sha, change.project) if newest else []
    rows = [row for row in rows if row.name in names]
    red = [row.name for row in rows if row.state == COMPLETED and row.conclusion != SUCCESS]
    if red:
        return Requirement("checks", label, False, f"Red on this patch set: {', '.join(red)}.", blocking=False)
    if len(rows) < len(names) or any(row.state != COMPLETED for row in rows):
        return Requirement("checks", label, None, "Not all have run on this patch set yet.", blocking=False)
    return Requirement("checks", label, True, "All green on this patch set; run again on the result.", blocking=False)
