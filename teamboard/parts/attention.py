"""What waits for a person, as markup: questions, reviews, failures, held and returned entries, oldest first."""

import json
from collections import defaultdict
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from teamboard.accounts.models import REVIEWER
from teamboard.board.models import Project
from teamboard.evidence import Ask
from teamboard.lib.prepared import Prepared, as_text, moment
from teamboard.lib.text import bare
from teamboard.parts.marks import ago, esc, icon, quoted, safe, until
from teamboard.reviews.models import Vote
from teamboard.reviews.states import OPEN

KINDS = {
    "question": ("agent", "message-circle-question-mark", "Question"),
    "permission": ("agent", "shield-alert", "Permission"),
    "review": ("human", "eye", "Review"),
    "failure": ("bad", "octagon-x", "Failed"),
    "held": ("human", "folder-lock", "Held"),
    "returned": ("warn", "corner-up-left", "Returned"),
    "suggestion": ("agent", "lightbulb", "Suggested task"),
}
WAYS = {
    "review": "open it to decide",
    "failure": "open it to see why and resume it",
    "held": "move the files away",
    "suggestion": "open it to accept or dismiss it",
}
PERMISSION = ("allow", "refuse")
# Only the newest can be new to a page that listens: the others are counted, not told.
TOLD = 5


def items(found: list[Ask]) -> str:
    if not found:
        return safe('<li class="empty">Nothing waits for you. Questions, reviews and failures come here.</li>')
    return safe("".join(_item(n, ask) for n, ask in enumerate(found, 1)))


def summary(project: Project, found: list[Ask]) -> str:
    """For static/js/asks.js, the same for every viewer: who each ask waits for, and the words of the newest."""
    settled = _settled(project, found)
    rows = [
        {"id": ask.id, "at": int(ask.since.timestamp()), "least": REVIEWER, "not": sorted(settled[ask.id])}
        for ask in found
    ]
    for row, ask in list(zip(rows, found, strict=True))[-TOLD:]:
        row |= {"word": KINDS[ask.kind][2], "text": bare(ask.text[:200]), "url": ask.url}
    return json.dumps(rows, separators=(",", ":"))


def _settled(project: Project, found: list[Ask]) -> dict[str, set[int]]:
    """Whom a change does not wait for: its author, and who has voted since it began to wait."""
    known: dict[str, set[int]] = defaultdict(set)
    votes = defaultdict(list)
    for change, user, at in VOTES.rows(project.pk):
        votes[change].append((user, moment(at)))
    for ask in found:
        if ask.kind == "review":
            known[ask.id] = {user for user, at in votes[ask.change] if at >= ask.since}
            if ask.author:
                known[ask.id].add(ask.author)
    return known


def _votes(project: int) -> "QuerySet[Vote, Any]":
    votes = Vote.objects.filter(change__project=project, change__state=OPEN, replaced_at=None)
    return votes.values_list("change_id", "user_id", as_text("created_at"))


VOTES = Prepared(_votes)


@lru_cache(maxsize=2000)
def _item(number: int, ask: Ask) -> str:
    tone, mark, word = KINDS["permission" if ask.permission else ask.kind]
    due = f"<span>default {until(ask.due_at)}</span>" if ask.due_at and ask.default is not None else ""
    way = f"<span>{WAYS[ask.kind]}</span>" if ask.kind in WAYS else ""
    options = PERMISSION if ask.permission and not ask.options else ask.options
    return (
        f'<li class="ask" id="{ask.id}" data-tone="{tone}" tabindex="-1"><span class="rank" aria-hidden="true">'
        f'{number}</span><p class="ask-kind">{icon(mark)}<b>{word}</b><span class="ref">{esc(ask.ref)}</span>'
        f'{ago(ask.since)}</p><p class="ask-text"><a href="{esc(ask.url)}">{quoted(ask.text[:300])}</a></p>'
        f'{_options(ask, options)}<p class="ask-facts">{way}{due}</p></li>'
    )


def _options(ask: Ask, options: tuple[str, ...]) -> str:
    if not options:
        return ""
    url = f"/questions/{ask.question}/answer/"
    buttons = "".join(option(n, text, url, default=ask.default) for n, text in enumerate(options, 1))
    return f'<div class="options" role="group" aria-label="Options">{buttons}</div>'


def option(number: int, text: str, url: str, *, default: str | None) -> str:
    """One answer as a button; a letter in front chooses it by key."""
    is_default = text == default
    why = '<span class="why"><b class="dflt">default</b></span>' if is_default else ""
    return (
        f'<button type="button" class="option"{" data-default" if is_default else ""} data-needs="reviewer" '
        f'data-act="answer" data-url="{url}" data-value-text="{esc(text)}">'
        f'<span class="letter">{number}</span><span>{quoted(text)}{why}</span></button>'
    )
