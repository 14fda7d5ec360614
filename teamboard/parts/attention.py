"""What waits for a person, as markup: questions, reviews, failures, held and returned entries, oldest first."""

import json
from collections import defaultdict

from teamboard.accounts.models import REVIEWER
from teamboard.board.models import Task
from teamboard.evidence import Ask
from teamboard.parts.code import clean, visible
from teamboard.parts.marks import ago, esc, icon, safe, until
from teamboard.reviews.models import Change, Vote
from teamboard.runs.models import Question

KINDS = {
    "question": ("agent", "message-circle-question-mark", "Question"),
    "permission": ("agent", "shield-alert", "Permission"),
    "review": ("human", "eye", "Review"),
    "failure": ("bad", "octagon-x", "Failed"),
    "held": ("human", "folder-lock", "Held"),
    "returned": ("warn", "corner-up-left", "Returned"),
}
WAYS = {"review": "open it to decide", "failure": "open it to see why and resume it", "held": "move the files away"}
PERMISSION = ("allow", "refuse")
# Only the newest can be new to a page that listens: the others are counted, not told.
TOLD = 5


def items(found: list[Ask]) -> str:
    if not found:
        return safe('<li class="empty">Nothing waits for you. Questions, reviews and failures come here.</li>')
    refs, permissions = _refs(found), _permissions(found)
    return safe("".join(_item(n, ask, refs[ask.id], ask.question in permissions) for n, ask in enumerate(found, 1)))


def summary(found: list[Ask]) -> str:
    """For static/js/asks.js, the same for every viewer: who each ask waits for, and the words of the newest."""
    settled = _settled([ask for ask in found if ask.change])
    rows = [
        {"id": ask.id, "at": int(ask.since.timestamp()), "least": REVIEWER, "not": sorted(settled[ask.id])}
        for ask in found
    ]
    for row, ask in list(zip(rows, found, strict=True))[-TOLD:]:
        row |= {"word": KINDS[ask.kind][2], "text": visible(ask.text[:200]), "url": ask.url}
    return json.dumps(rows, separators=(",", ":"))


def _settled(found: list[Ask]) -> dict[str, set[int]]:
    """Whom a change does not wait for: its author, and who has voted since it began to wait."""
    known: dict[str, set[int]] = defaultdict(set)
    authors = dict(Change.objects.filter(pk__in=[ask.change for ask in found]).values_list("pk", "author_user"))
    votes = defaultdict(list)
    for change, user, at in Vote.objects.filter(change__in=authors, replaced_at=None).values_list(
        "change", "user", "created_at"
    ):
        votes[change].append((user, at))
    for ask in found:
        if ask.kind == "review":
            change = ask.change or 0
            known[ask.id] = {user for user, at in votes[change] if at >= ask.since}
            if author := authors.get(change):
                known[ask.id].add(author)
    return known


def _refs(found: list[Ask]) -> dict[str, str]:
    """What each ask is about, in the short form that people use."""
    rows = Task.objects.filter(pk__in=[ask.task for ask in found]).values_list("pk", "project__key", "number")
    tasks = {pk: f"{key}-{number}" for pk, key, number in rows}
    changes = dict(Change.objects.filter(pk__in=[a.change for a in found]).values_list("pk", "number"))
    return {ask.id: tasks.get(ask.task or 0) or f"Change {changes.get(ask.change or 0, '')}" for ask in found}


def _permissions(found: list[Ask]) -> set[int | None]:
    asked = [ask.question for ask in found if ask.question]
    return set(Question.objects.filter(pk__in=asked, kind=Question.PERMISSION).values_list("pk", flat=True))


def _item(number: int, ask: Ask, ref: str, permission: bool) -> str:
    tone, mark, word = KINDS["permission" if permission else ask.kind]
    due = f"<span>default {until(ask.due_at)}</span>" if ask.due_at and ask.default is not None else ""
    way = f"<span>{WAYS[ask.kind]}</span>" if ask.kind in WAYS else ""
    options = PERMISSION if permission and not ask.options else ask.options
    return (
        f'<li class="ask" id="{ask.id}" data-tone="{tone}" tabindex="-1"><span class="rank" aria-hidden="true">'
        f'{number}</span><p class="ask-kind">{icon(mark)}<b>{word}</b><span class="ref">{esc(ref)}</span>'
        f'{ago(ask.since)}</p><p class="ask-text"><a href="{esc(ask.url)}">{clean(ask.text[:300])}</a></p>'
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
        f'<span class="letter">{number}</span><span>{clean(text)}{why}</span></button>'
    )
