"""The head of a change: what it is, its patch sets, requirements, votes and checks."""

from collections.abc import Iterable, Iterator

from teamboard.gate.actions import Requirement, requirements
from teamboard.gate.models import QueueEntry
from teamboard.gate.reasons import ALARMS
from teamboard.gate.states import LIVE
from teamboard.parts import hints
from teamboard.parts.code import clean
from teamboard.parts.marks import agent, ago, diffstat, icon, person, state_mark
from teamboard.parts.places import Sight
from teamboard.parts.sentences import plural
from teamboard.reviews.models import Change, PatchSet, Vote
from teamboard.reviews.queries import newest_patch_set, votes_of
from teamboard.reviews.states import ABANDONED, MERGED
from teamboard.reviews.states import OPEN as CHANGE_OPEN

APPROVED = "approved"


def newest(change: Change) -> PatchSet | None:
    return newest_patch_set(change)


def live_entry(change: Change) -> QueueEntry | None:
    return change.entries.filter(state__in=LIVE).first()


# --- what it is


def what(change: Change) -> str:
    """Crumbs, author, size and title; the same for everybody."""
    latest = newest(change)
    size = diffstat(latest.additions, latest.deletions) if latest else ""
    return (
        f'<div class="what" id="change-what"><p class="crumbs"><a href="/p/{change.project_id}/review/">Review</a>'
        f"{icon('chevron-right', 'xs')}{state_mark(column(change))}{_task(change)}<span>Change {change.number}</span>"
        f"{author(change)}{_run(latest)}{size}{_files(latest)}</p>"
        f'<h1 id="change-title">{clean(change.title)}</h1></div>'
    )


def column(change: Change) -> str:
    if change.state == MERGED:
        return "done"
    if change.state == ABANDONED:
        return "abandoned"
    return "merging" if live_entry(change) else "in-review"


def _task(change: Change) -> str:
    return f'<a class="ref" href="/tasks/{change.task_id}/">{clean(change.task.ref)}</a>' if change.task else ""


def _run(latest: PatchSet | None) -> str:
    return f'<a href="/runs/{latest.run.pk}/">run {latest.run.number}</a>' if latest and latest.run else ""


def _files(latest: PatchSet | None) -> str:
    return f"<span>{plural(latest.files, 'file')}</span>" if latest else ""


def author(change: Change) -> str:
    if change.agent:
        return f'<span class="row tight">{agent(change.agent.name, "s")}{clean(change.agent.name)}</span>'
    if change.author_user:
        return f'<span class="row tight">{person(change.author_user, "s")}{clean(change.author_user.label)}</span>'
    branch = f' on <span class="mono">{clean(change.branch)}</span>' if change.branch else ""
    return f"<span>{clean(change.author_name or 'somebody')}{branch}</span>"


# --- what is to be said before anything else


def notices(change: Change) -> str:
    """Merged, rejected, a rewritten branch, guarded paths: viewer-independent, above the diff."""
    return f'<div id="change-notices" class="stack">{"".join(_notices(change))}</div>'


def _notices(change: Change) -> Iterator[str]:
    latest = newest(change)
    if change.state == CHANGE_OPEN and latest is not None:
        yield hints.look_first(latest)
    if change.state == MERGED:
        yield notice("good", "git-merge", f'Merged as <span class="mono">{change.merged_sha[:10]}</span>.')
    if change.state == ABANDONED:
        reason = f" {clean(change.reason)}" if change.reason else ""
        yield notice("mute", "circle-slash", f"<b>Rejected.</b>{reason} It can be restored.")
    if change.branch_problem:
        yield notice("warn", "triangle-alert", clean(change.branch_problem))
    entry = change.entries.order_by("-pk").first()
    if entry and entry.state in ("held", "returned") and change.state == CHANGE_OPEN:
        yield notice("warn", "corner-up-left", f"<b>{entry.state.title()}:</b> {reason_words(entry.reason)}")
    if entry and entry.reason.get("code") in ALARMS:
        yield notice("bad", "triangle-alert", f"<b>The board has stopped landing.</b> {reason_words(entry.reason)}")
    yield from _warnings(latest)


def _warnings(latest: PatchSet | None) -> Iterator[str]:
    if latest is None:
        return
    if latest.guarded:
        yield notice("warn", "shield-alert", f"<b>Touches guarded files:</b> {_names(latest.guarded)}")
    if latest.outside_scope:
        yield notice("warn", "target", f"<b>Outside the task's scope:</b> {_names(latest.outside_scope)}")
    for words in hints.warnings(latest):
        yield notice("warn", "triangle-alert", f"{words}.")
    for note in latest.notes:
        yield notice("mute", "circle-alert", clean(str(note)))


def _names(paths: Iterable[str]) -> str:
    shown = [f'<span class="mono">{clean(path)}</span>' for path in list(paths)[:12]]
    return ", ".join(shown)


def notice(tone: str, mark: str, html: str) -> str:
    return f'<p class="notice" data-tone="{tone}">{icon(mark)}<span>{html}</span></p>'


def reason_words(reason: dict[str, object]) -> str:
    """A queue entry's reason: its sentence names files and checks, its remedy says what to do."""
    words = str(reason.get("message") or str(reason.get("code", "")).replace("_", " "))
    remedy = f' <span class="soft">{clean(str(reason["remedy"]))}</span>' if reason.get("remedy") else ""
    return clean(words) + remedy


# --- patch sets


def patch_sets(change: Change, sight: Sight, seen: frozenset[int]) -> str:
    """The track: click one to read it; the field in front says what it is compared with."""
    numbers = list(change.patch_sets.values_list("number", flat=True))
    left = sight.against.number if sight.against else 0
    stops = "".join(_stop(number, left, sight.patch_set.number, number in seen, numbers[-1]) for number in numbers)
    return (
        '<div class="patch-sets" id="patch-sets" role="group" aria-label="Compare patch sets"'
        f' data-ps="{sight.patch_set.number}" data-against="{left or ""}" data-newest="{numbers[-1]}">'
        f"{_compared_with(numbers, left, sight.patch_set.number)}<ol>{stops}</ol>{_comparing(sight)}</div>"
    )


def _compared_with(numbers: list[int], left: int, right: int) -> str:
    earlier = "".join(
        f'<option value="{number}"{" selected" if number == left else ""}>PS{number}</option>'
        for number in numbers
        if number < right
    )
    return (
        '<label class="row tight">from <select class="select" data-act="compare-from" aria-label="Compare with">'
        f'<option value="">base</option>{earlier}</select> to</label>'
    )


def _stop(number: int, left: int, right: int, seen: bool, last: int) -> str:
    words = f"Patch set {number}" + (", you have seen it" if seen else "") + (", newest" if number == last else "")
    inside = " data-in" if left < number <= right and (left or number > 1) else ""
    end = " data-end" if number in (left, right) else ""
    flag = " data-seen" if seen else ""
    return (
        f'<li{inside}><button data-act="compare" data-number="{number}"{flag}{end} aria-label="{words}"'
        f' title="{words}">{number}</button></li>'
    )


def _comparing(sight: Sight) -> str:
    if sight.against:
        words = f"<b>PS{sight.against.number} to PS{sight.patch_set.number}</b>, what a rebase brought in left out"
    else:
        words = f"<b>Patch set {sight.patch_set.number}</b> against its base"
    return f'<span class="since">{words} · {ago(sight.patch_set.created_at)}</span>'


# --- requirements


def requirement_list(change: Change) -> str:
    if change.state != CHANGE_OPEN:
        return '<ul class="requirements" id="requirements" hidden></ul>'
    rows = requirements(change)
    met = sum(row.met is True for row in rows)
    items = "".join(_requirement(row) for row in rows)
    label = f"Submit requirements, {met} of {len(rows)} met"
    return f'<ul class="requirements" id="requirements" aria-label="{label}">{items}</ul>'


_LOOK = {
    "approved": ("human", "eye"),
    "shown": ("human", "eye"),
    "guarded": ("warn", "shield-alert"),
    "threads": ("human", "message-square"),
    "objections": ("human", "message-square"),
    "branch": ("warn", "git-branch"),
}


def _why(row: Requirement) -> str:
    word = "Acknowledged" if row.name == "guarded" else "Waived"
    return f"{row.reason} {word}." if row.waived else row.reason


def _requirement(row: Requirement) -> str:
    tone, mark = ("good", "circle-check") if row.met else _LOOK.get(row.name, ("bad", "circle-x"))
    if row.met is None:
        tone, mark = "mute", "circle-help"
    if row.waived:
        tone, mark = "warn", "hand"
    met = {True: "yes", False: "no", None: "unknown"}[row.met]
    why = "" if row.met else f'<span class="why">{clean(_why(row))}</span>'
    flag = " data-waivable" if row.waivers and not row.paths else ""
    return (
        f'<li class="requirement" data-met="{met}" data-tone="{tone}" data-name="{clean(row.name)}"'
        f' title="{clean(row.reason)}"{flag}>'
        f"{icon(mark)}{clean(row.label)}{why}</li>"
    )


# --- votes


def vote_list(change: Change) -> str:
    latest = newest(change)
    items = "".join(_vote(vote, latest) for vote in votes_of(change))
    return f'<span class="votes" id="votes" aria-label="Votes">{items}</span>'


def _vote(vote: Vote, latest: PatchSet | None) -> str:
    tone = "good" if vote.value > 0 else "bad"
    number = vote.patch_set.number
    outdated = latest is not None and number != latest.number
    words = f"{vote.user.label} voted {signed(vote.value)} on patch set {number}" + ("; outdated" if outdated else "")
    note = f'<span class="mute micro">on PS{number}</span>' if outdated else ""
    flag = " data-outdated" if outdated else ""
    return (
        f'<span class="vote" data-tone="{tone}"{flag} title="{clean(words)}">{person(vote.user)}'
        f"<b>{signed(vote.value)}</b>{note}</span>"
    )


def signed(value: int) -> str:
    return f"+{value}" if value > 0 else f"−{-value}"
