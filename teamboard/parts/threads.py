"""Threads of a change: the talk, where it stands, and how far it has reached its addressee."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from teamboard.accounts.models import REVIEWER, User
from teamboard.parts import suggestions
from teamboard.parts.code import clean, lines
from teamboard.parts.marks import agent, ago, icon, person
from teamboard.parts.paths import key_of, pack
from teamboard.parts.places import Spot
from teamboard.parts.sentences import at_least, plural
from teamboard.reviews.models import Comment, Thread
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.reviews.states import RESOLVED


@dataclass(frozen=True)
class Reader:
    """Who looks, and what they may do. Drafts are shown to their writer alone."""

    user: User
    role: str

    @property
    def may_review(self) -> bool:
        return at_least(self.role, REVIEWER)


def thread_article(thread: Thread, spot: Spot, reader: Reader) -> str:
    if thread.published_at is None:
        return draft_article(thread, spot)
    comments = [comment for comment in thread.comments.all() if comment.published_at]
    body = _folded(thread, comments) if thread.state == RESOLVED else ""
    hidden = " hidden" if thread.state == RESOLVED else ""
    talk = "".join(_comments(thread, comments, may=reader.may_review))
    return (
        f'<article {_attributes(thread, spot, thread.state)} aria-label="Thread {thread.pk}, {thread.state}">'
        f'{body or _head(thread, spot, comments)}<div class="talk"{hidden}>{_drift(thread, spot)}{talk}'
        f"{_foot(thread, reader)}</div></article>"
    )


def _attributes(thread: Thread, spot: Spot, state: str) -> str:
    """The page finds the row by these when a thread arrives later."""
    first = f' data-start="{spot.start}"' if spot.start and spot.start != spot.line else ""
    line = f'{first} data-line="{spot.line}"' if spot.line and spot.path else ""
    key = f' data-key="{key_of(spot.path)}"' if spot.path else ""
    drifted = " data-drifted" if spot.kind == "drifted" else ""
    return (
        f'class="thread" id="thread-{thread.pk}" data-thread="{thread.pk}" data-state="{state}"'
        f'{key} data-side="{spot.side}"{line}{drifted} hx-ignore'
    )


def where(thread: Thread, spot: Spot) -> str:
    """Where it stands now, and where it was written if that differs."""
    written = f"written on PS{thread.patch_set.number}"
    if not thread.path:
        return f"on the whole change · {written}"
    if not spot.path:
        fate = "did not change here" if spot.kind == "elsewhere" else "is gone"
        return f"{clean(thread.path)}{_line(thread)} · {written} · that file {fate}"
    if spot.line is None:
        gone = f"{_line(thread)}: those lines are gone, kept with the file" if thread.start_line else ""
        return f"on the whole file · {written}{gone}"
    now = f"line {spot.line}" if spot.start == spot.line else f"lines {spot.start} – {spot.line}"
    side = "" if spot.side == "new" else " before the change"
    if spot.kind in ("moved", "drifted") and thread.end_line != spot.line:
        return f"{written}{_line(thread)} → now {now}{side}"
    return f"{now}{side} · {written}"


def _line(thread: Thread) -> str:
    return f", line {thread.end_line or thread.start_line}" if thread.start_line else ""


def _head(thread: Thread, spot: Spot, comments: list[Comment]) -> str:
    opened = f'<b class="open">{icon("message-square", "xs")}Open</b>'
    drifted = f'{icon("history", "xs")}<b class="drifted">Drifted</b>' if spot.kind == "drifted" else ""
    return (
        f'<header class="thread-head">{drifted or opened}<span class="where">{where(thread, spot)}</span>'
        f'<span class="push">{opened if drifted else _company(comments)}</span></header>'
    )


def _company(comments: list[Comment]) -> str:
    people = len({c.author_user_id for c in comments if c.author_user_id})
    agents = len({c.author_agent_id for c in comments if c.author_agent_id})
    said = [plural(people, "person", "people")] if people else []
    return ", ".join([*said, plural(agents, "agent")] if agents else said)


_CHANGED = "The code under this comment changed after it was written. It was about:"
_QUOTED = {"drifted": _CHANGED, "file": _CHANGED, "change": _CHANGED, "elsewhere": "It is about:"}


def _drift(thread: Thread, spot: Spot) -> str:
    if spot.kind not in _QUOTED or not thread.anchor_text:
        return ""
    return f'<div class="drift">{_QUOTED[spot.kind]}<pre><code>{lines(thread.anchor_text)}</code></pre></div>'


def _folded(thread: Thread, comments: list[Comment]) -> str:
    first = comments[0] if comments else None
    said = f"{_name(first)}: {first.body.splitlines()[0] if first.body.strip() else ''}" if first else ""
    return (
        f'<header class="thread-head">{icon("circle-check", "xs")}<b>Resolved</b>'
        f'<span class="clip">{clean(said[:200])}</span>{receipt(thread)}'
        '<button class="btn" data-kind="quiet" data-size="s" data-act="unfold-thread">Show</button></header>'
    )


def _name(comment: Comment) -> str:
    if comment.author_agent:
        return comment.author_agent.name
    return comment.author_user.label if comment.author_user else "somebody"


def _comments(thread: Thread, comments: list[Comment], *, may: bool) -> Iterator[str]:
    asked = [c.pk for c in comments if not c.author_agent_id]
    for comment in comments:
        # The receipt says how far the reviewers' words have come: it stands with the newest of them.
        said = suggestions.body(comment, thread, may=may)
        yield _comment(comment, said, receipt(thread) if asked and comment.pk == asked[-1] else "")


def _comment(comment: Comment, said_html: str, receipt_html: str) -> str:
    if comment.author_agent:
        who, role = agent(comment.author_agent.name), "agent"
    else:
        who, role = person(comment.author_user), ""
    said = f'<span class="role">{role}</span>' if role else ""
    return (
        f'<div class="comment" id="comment-{comment.pk}">{who}<div class="by"><b>{clean(_name(comment))}</b>{said}'
        f'{ago(comment.published_at)}{receipt_html}</div><div class="body">{said_html}</div></div>'
    )


def receipt(thread: Thread) -> str:
    """sent -> delivered -> answered -> verified, each as far as it is known."""
    answered = f"answered in PS{thread.answered_patch_set.number}" if thread.answered_patch_set else "answered"
    steps = (
        ("sent", thread.sent_at, "human"),
        ("delivered", thread.delivered_at, "agent"),
        (answered, thread.answered_at, "agent"),
        ("verified", thread.verified_at, "good"),
    )
    if not any(at for _, at, _ in steps):
        return ""
    last = max(index for index, (_, at, _) in enumerate(steps) if at)
    items = (
        f"<li{' data-on' if at else ''}{f' data-now data-tone={tone}' if index == last else ''}>{word}</li>"
        for index, (word, at, tone) in enumerate(steps)
    )
    return f'<ol class="receipt" aria-label="Delivery receipt">{"".join(items)}</ol>'


def _foot(thread: Thread, reader: Reader) -> str:
    if not reader.may_review:
        return ""
    return f'<footer class="thread-foot">{"".join(_buttons(thread))}</footer>{_reply_draft(thread, reader)}'


def _buttons(thread: Thread) -> Iterator[str]:
    yield _button("reply", "corner-down-right", "Reply", "<kbd>r</kbd>")
    if thread.state == RESOLVED:
        if thread.answered_at and not thread.verified_at:
            yield _button("verify", "circle-check", "Verify")
        yield _button("reopen", "rotate-ccw", "Reopen")
        return
    if thread.answered_at:
        yield _button("verify", "circle-check", "Verify and resolve")
    yield _button("resolve", "check", "Resolve")
    agent_of = thread.change.agent
    if agent_of and thread.change.state == CHANGE_OPEN and (thread.sent_at is None or thread.answered_at):
        url = f' data-url="/threads/{thread.pk}/ask/"'
        yield _button("ask-agent", "message-circle-question-mark", f"Ask {clean(agent_of.name)} now", url=url)


def _button(act: str, mark: str, label: str, more: str = "", *, url: str = "") -> str:
    return f'<button class="btn" data-size="s" data-act="{act}"{url}>{icon(mark)}{label}{more}</button>'


def _reply_draft(thread: Thread, reader: Reader) -> str:
    mine = next((c for c in thread.comments.all() if not c.published_at and c.author_user_id == reader.user.pk), None)
    return compose(f"reply-{thread.pk}", "Reply", mine.body, mine.pk) if mine else ""


def draft_article(thread: Thread, spot: Spot) -> str:
    """A thread that only its writer sees, ready to be typed on."""
    draft = next(iter(thread.comments.all()), None)
    at = f"line {spot.line}" if spot.line else clean(spot.path) or "the whole change"
    return (
        f'<article {_attributes(thread, spot, "draft")} aria-label="Draft on {at}" data-path="{pack(spot.path)}">'
        f'<header class="thread-head"><b class="open">Your draft</b><span>{at}</span>'
        '<span class="push">only you see it until you send the review</span></header>'
        + compose(f"draft-{thread.pk}", f"Comment on {at}", draft.body if draft else "", draft.pk if draft else 0)
        + "</article>"
    )


def compose(name: str, label: str, text: str, draft: int) -> str:
    """The form that change.js saves every two seconds and on leaving it."""
    return (
        f'<form class="compose" data-draft="{draft}"><label class="sr" for="{name}">{label}</label>'
        f'<textarea class="textarea" id="{name}" name="body">{_plain(text)}</textarea>'
        '<div class="bar"><button type="button" class="btn" data-kind="primary" data-size="s" data-act="add-to-review">'
        'Add to review<kbd>Ctrl ⏎</kbd></button><button type="button" class="btn" data-size="s" data-act="send-now">'
        'Send now</button><button type="button" class="btn" data-kind="quiet" data-size="s" data-act="suggest">'
        'Suggest a change</button><button type="button" class="btn" data-kind="quiet" data-size="s" data-act="discard">'
        'Discard</button><span class="saved push" role="status"></span></div></form>'
    )


def _plain(text: str) -> str:
    """A field must hold exactly what was typed; a leading line break would be eaten by the parser."""
    return "\n" + escape(text)
