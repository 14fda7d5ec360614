"""The buttons of one reader: what they may decide on the patch set before them, and what that would do."""

from collections.abc import Iterator

from teamboard.accounts.models import ARCHITECT
from teamboard.gate.actions import Requirement, requirements
from teamboard.gate.requirements import standing_approval, waiver_of
from teamboard.gate.states import HELD, QUEUED, RETURNED, TESTING
from teamboard.git.diff import shown_path
from teamboard.parts.budget import why_closed
from teamboard.parts.change import APPROVED, live_entry, newest
from teamboard.parts.code import clean
from teamboard.parts.marks import icon
from teamboard.parts.paths import key_of
from teamboard.parts.places import Sight
from teamboard.parts.sentences import at_least, plural
from teamboard.parts.sight import files_of
from teamboard.parts.threads import Reader
from teamboard.reviews.models import Change
from teamboard.reviews.queries import current_votes, least_to_close, unshown_to
from teamboard.reviews.states import ABANDONED, MERGED, OPEN


def verdict(change: Change, sight: Sight, reader: Reader) -> str:
    return f'<span class="row" id="verdict-buttons">{"".join(_verdict(change, sight, reader))}</span>'


def _verdict(change: Change, sight: Sight, reader: Reader) -> Iterator[str]:
    if not reader.may_review:
        return
    may_close = at_least(reader.role, least_to_close(change, reader.user))
    if change.state == ABANDONED and may_close:
        yield '<button class="btn" data-size="l" data-act="restore">Restore</button>'
    if change.state == MERGED and at_least(reader.role, ARCHITECT):
        yield f'<button class="btn" data-size="l" data-act="undo">{icon("undo-2")}Undo</button>'
    if change.state != OPEN:
        return
    if at_least(reader.role, ARCHITECT):
        yield from _queue_buttons(change)
    if not at_least(reader.role, ARCHITECT):
        yield vote_button(change, sight, reader)
    if may_close:
        yield '<button class="btn" data-kind="quiet" data-size="l" data-act="reject">Reject</button>'
    yield (
        '<button class="btn" data-kind="reject" data-size="l" data-act="request-changes">'
        "Request changes<kbd>x</kbd></button>"
    )
    yield approve_button(change, sight, reader)


def _queue_buttons(change: Change) -> Iterator[str]:
    entry = change.entries.order_by("-pk").first()
    if entry and entry.state in (QUEUED, TESTING, HELD):
        yield '<button class="btn" data-size="l" data-act="withdraw">Take out of the queue</button>'
    elif entry and entry.state == RETURNED and standing_approval(change):
        yield '<button class="btn" data-size="l" data-act="requeue">Put back in the queue</button>'


def vote_button(change: Change, sight: Sight, reader: Reader) -> str:
    mine = any(vote.user_id == reader.user.pk and vote.value == 1 for vote in current_votes(change))
    value, words = ("0", "Take +1 back") if mine else ("1", "Looks good +1")
    return f'<button class="btn" data-size="l" data-act="vote" data-value="{value}">{words}</button>'


def approve_button(change: Change, sight: Sight, reader: Reader) -> str:
    why_off = why_not_approve(change, sight, reader)
    blocking = [row for row in requirements(change) if row.stands_in_the_way and row.name != APPROVED]
    small = why_off or _what_happens(blocking)
    state = ' aria-disabled="true"' if why_off else "" if blocking else " data-completes"
    return (
        f'<button class="btn" data-kind="approve" data-size="l" data-act="approve"{state}'
        f' data-number="{sight.patch_set.number}" data-head="{sight.patch_set.head_sha}">{icon("check")}'
        f'<span class="two">Approve patch set {sight.patch_set.number}<small>{clean(small)}</small></span>'
        "<kbd>a</kbd></button>"
    )


def _what_happens(blocking: list[Requirement]) -> str:
    if not blocking:
        return "completes it: enters the queue"
    return f"{plural(len(blocking), 'requirement')} still {'blocks' if len(blocking) == 1 else 'block'} the merge"


def why_not_approve(change: Change, sight: Sight, reader: Reader) -> str:
    last = newest(change)
    if not at_least(reader.role, ARCHITECT):
        return "only an Architect approves"
    if last and last.number != sight.patch_set.number:
        return f"patch set {last.number} is newer"
    return "it is in the queue" if live_entry(change) else ""


def unshown_list(change: Change, sight: Sight, reader: Reader) -> str:
    """What this reader was not shown of the patch set: the dialog of the approval offers to open or waive each."""
    paths = unshown_to(sight.patch_set, reader.user) if at_least(reader.role, ARCHITECT) else []
    why = {file.path: why_closed(file) for file in files_of(change, sight)} if paths else {}
    items = "".join(_unshown(path, why.get(path) or "not drawn in what you are reading") for path in paths)
    return f'<ul id="unshown" hidden>{items}</ul>'


def _unshown(path: str, why: str) -> str:
    name = shown_path(path)
    return (
        f'<li data-name="{clean(waiver_of("shown", name))}" data-key="{key_of(path)}">'
        f"{clean(name)} <span>was not shown to you: {why}</span></li>"
    )


def newer_notice(change: Change, sight: Sight) -> str:
    """What is read stays pinned; a newer patch set only says that it is there."""
    last = newest(change)
    read = sight.patch_set.number
    if last is None or last.number <= read:
        return '<div id="newer-patch-set" hidden></div>'
    return (
        f'<div id="newer-patch-set" class="notice" data-tone="human">{icon("bell")}<span>Patch set {last.number} has '
        f'arrived. You are reading patch set {read}.</span><a class="btn" data-size="s" data-act="compare-newest"'
        f' href="?ps={last.number}&amp;against={read}">Compare {read} with {last.number}</a>'
        f'<a class="btn" data-kind="quiet" data-size="s" href="?ps={last.number}">Read patch set {last.number}</a>'
        "</div>"
    )
