"""A suggestion in a comment: the lines as they are and as they would be, and whether it can still be put in."""

from collections.abc import Iterator

from teamboard.lib.text import markdown
from teamboard.parts.code import shown
from teamboard.parts.marks import icon
from teamboard.reviews import suggestions
from teamboard.reviews.models import Comment, Thread
from teamboard.reviews.queries import newest_patch_set
from teamboard.reviews.states import OPEN
from teamboard.reviews.suggestions import APPLIED, FITS, Placed


def body(comment: Comment, thread: Thread, *, may: bool) -> str:
    """The comment's text; its first suggestion on lines of the new side as a small diff."""
    if suggestions.suggested(comment.body) is None or thread.side != "new" or not thread.start_line:
        return markdown(comment.body)
    return "".join(_pieces(comment, thread, may))


def _pieces(comment: Comment, thread: Thread, may: bool) -> Iterator[str]:
    drawn = False
    for text, is_suggestion in suggestions.pieces(comment.body):
        if is_suggestion and not drawn:
            drawn = True
            yield _diff(comment, thread, tuple(text.split("\n")[:-1]), may)
        elif text.strip():
            yield markdown(f"```\n{text}```" if is_suggestion else text)


def _diff(comment: Comment, thread: Thread, lines: tuple[str, ...], may: bool) -> str:
    newest = newest_patch_set(thread.change)
    place = suggestions.placed(thread, lines, newest) if newest else None
    old = "".join(f'<del class="ln">{shown(line)}</del>' for line in thread.anchor_text.split("\n"))
    new = "".join(f'<ins class="ln">{shown(line)}</ins>' for line in lines)
    state = place.state if place else suggestions.STALE
    return (
        f'<div class="suggestion" id="suggestion-{comment.pk}" data-state="{state}"><header>{icon("pencil", "xs")}'
        f'Suggested change{_where(place)}<span class="push"></span>{_end(comment, thread, state, may)}</header>'
        f"{old}{new}</div>"
    )


def _where(place: Placed | None) -> str:
    if place is None or place.state != FITS:
        return ""
    return f", line {place.start}" if place.start == place.end else f", lines {place.start} – {place.end}"


def _end(comment: Comment, thread: Thread, state: str, may: bool) -> str:
    if state == APPLIED:
        return f'<span class="status" data-tone="good">{icon("check", "xs")}<span class="word">applied</span></span>'
    if state != FITS:
        return (
            f'<span class="status" data-tone="warn">{icon("history", "xs")}'
            '<span class="word">stale: the lines have changed</span></span>'
        )
    if not may or thread.change.state != OPEN:
        return ""
    return (
        f'<label class="check small"><input type="checkbox" data-pick="{comment.pk}">with others</label>'
        f'<button type="button" class="btn" data-size="s" data-act="apply-suggestion" '
        f'data-value-comment="{comment.pk}" data-url="/changes/{thread.change_id}/suggestions/">Apply</button>'
    )
