"""The review inbox: whose turn it is, and why."""

from collections.abc import Sequence

from teamboard.accounts.models import User
from teamboard.parts.change import author, column, live_entry, reason_words, signed
from teamboard.parts.checks import look
from teamboard.parts.code import clean
from teamboard.parts.marks import ago, diffstat, icon, person, state_mark
from teamboard.parts.sentences import plural
from teamboard.reviews.models import Change
from teamboard.reviews.queries import InboxRow, served_to

# Careful reading goes at about 400 lines an hour; small changes take a few minutes all the same.
LINES_PER_MINUTE = 20

SECTIONS = (
    ("you", "eye", "Your turn", "oldest first"),
    ("author", "corner-up-left", "Waits for its author", "you are asked again when it is your turn"),
    ("others", "users", "Waits for others", "no vote of yours is needed"),
)


def turns(rows: Sequence[InboxRow]) -> dict[str, list[InboxRow]]:
    """Rows by turn. What is in the queue waits for the board, whoever has voted."""
    found: dict[str, list[InboxRow]] = {name: [] for name, *_ in SECTIONS}
    for row in rows:
        found["others" if live_entry(row.change) else row.turn].append(row)
    return found


def lede(mine: Sequence[InboxRow]) -> str:
    return f'<p class="lede" id="inbox-lede">{_in_words(mine)}</p>'


def _in_words(mine: Sequence[InboxRow]) -> str:
    if not mine:
        return "Nothing waits for you. Changes appear here when an agent, a branch or a person offers work."
    lines = sum(row.newest.additions for row in mine if row.newest)
    minutes = sum(minutes_of(row) for row in mine)
    waits = "waits" if len(mine) == 1 else "wait"
    size = f"{plural(lines, 'new line')}, about {plural(minutes, 'minute')}"
    return f"{plural(len(mine), 'change')} {waits} for you: {size}."


def minutes_of(row: InboxRow) -> int:
    return max(1, round((row.newest.additions + row.newest.deletions) / LINES_PER_MINUTE)) if row.newest else 1


def section(name: str, mark: str, title: str, aside: str, rows: Sequence[InboxRow], user: User) -> str:
    items = "".join(inbox_row(row, user, turn=name) for row in rows)
    body = items or f'<li class="empty">{_EMPTY[name]}</li>'
    return (
        f'<section class="panel" aria-labelledby="turn-{name}"><header class="section-head">{icon(mark, "")}'
        f'<h2 id="turn-{name}">{title}</h2><span class="count">{len(rows)}</span><span class="aside">{aside}</span>'
        f'</header><ul class="inbox" id="inbox-{name}">{body}</ul></section>'
    )


_EMPTY = {
    "you": "Nothing waits for you.",
    "author": "No change is with its author.",
    "others": "No change waits for somebody else.",
}


def inbox_rows(rows: Sequence[InboxRow], user: User) -> str:
    by_turn = turns(rows)
    body = "".join(section(*head, by_turn[head[0]], user) for head in SECTIONS)
    return f'<div class="stack" id="inbox">{body}</div>'


def inbox_row(row: InboxRow, user: User, *, turn: str) -> str:
    change, seen = row.change, _last_seen(row.change, user)
    ref = change.task.ref if change.task else change.branch or f"#{change.number}"
    return (
        f'<li class="inbox-row" id="inbox-{change.pk}">{state_mark(column(change))}<div class="cell"><p class="title">'
        f'<span class="ref">{clean(ref)}</span> <a href="/changes/{change.pk}/">{clean(change.title)}</a></p>'
        f'<p class="why" data-tone="{_TONES[turn]}">{author(change)}{why(row, turn, seen)}</p></div>'
        f"{_size(row)}{_since(row, seen)}{_talk(row)}{ago(change.changed_at)}</li>"
    )


_TONES = {"you": "human", "author": "agent", "others": "mute"}


def why(row: InboxRow, turn: str, seen: int) -> str:
    entry = row.change.entries.order_by("-pk").first()
    if entry and entry.state in ("queued", "testing", "landing", "held"):
        return f"In the merge queue: {entry.state}"
    if entry and entry.state == "returned" and row.newest and entry.patch_set_id == row.newest.pk:
        return f"Returned: {reason_words(entry.reason)}"
    if row.change.branch_problem:
        return clean(row.change.branch_problem)
    if turn == "author":
        return "Changes were asked for; a new patch set will ask you again"
    if turn == "others":
        return "You have voted"
    return _why_you(row, seen)


def _why_you(row: InboxRow, seen: int) -> str:
    if row.drafts:
        return f"{plural(row.drafts, 'draft')} of yours not sent yet"
    if row.newest and row.newest.number > 1:
        return f"Patch set {row.newest.number} has arrived"
    return "Waits for your vote" if seen else "First look"


def _size(row: InboxRow) -> str:
    if row.newest is None:
        return '<div class="cell size"></div>'
    size = diffstat(row.newest.additions, row.newest.deletions, bars=False)
    guarded = f'<span class="risk-high">{icon("shield-alert", "xs")}guarded files</span>' if row.newest.guarded else ""
    return (
        f'<div class="cell size">{size}<small>{plural(row.newest.files, "file")} · {minutes_of(row)} min</small>'
        f"{guarded}</div>"
    )


def _since(row: InboxRow, seen: int) -> str:
    if row.newest is None:
        return '<div class="cell"></div>'
    if not seen:
        said, small = "you have not looked yet", f"patch set {row.newest.number}"
    elif seen < row.newest.number:
        said, small = f"PS{seen} to PS{row.newest.number} is new to you", f"you saw patch set {seen}"
    else:
        said, small = "nothing new since you looked", f"patch set {seen}"
    return f'<div class="cell"><span>{said}</span><small>{small}{_checks(row)}</small></div>'


def _last_seen(change: Change, user: User) -> int:
    given = served_to(change, user)
    return max((row.number for row in change.patch_sets.all() if row.pk in given), default=0)


def _checks(row: InboxRow) -> str:
    words = [f"{clean(check.name)} {look(check)[2]}" for check in row.checks]
    return " · " + ", ".join(words[:3]) if words else ""


def _talk(row: InboxRow) -> str:
    people = "".join(person(vote.user) for vote in row.votes[:5])
    votes = ", ".join(f"{clean(vote.user.label)} {signed(vote.value)}" for vote in row.votes[:3])
    threads = f"<b>{row.open_threads} open</b>" if row.open_threads else "none open"
    return (
        f'<div class="cell"><span>{threads}</span><small class="row wrap"><span class="people">{people}</span>'
        f"{votes}</small></div>"
    )
