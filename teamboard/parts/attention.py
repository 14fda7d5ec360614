"""What waits for a person, oldest first: questions, reviews, failures, held and returned entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from teamboard.board.models import Project
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import HELD, LIVE, RETURNED
from teamboard.parts.marks import ago, esc, icon, safe, until
from teamboard.reviews.models import Change, PatchSet, Vote
from teamboard.reviews.states import OPEN as CHANGE_OPEN
from teamboard.runs.models import Question, Run
from teamboard.runs.states import FAILED, QUEUED, RUNNING
from teamboard.runs.states import OPEN as QUESTION_OPEN

KINDS = {
    "question": ("agent", "message-circle-question-mark", "Question"),
    "permission": ("agent", "shield-alert", "Permission"),
    "review": ("human", "eye", "Review"),
    "failure": ("bad", "octagon-x", "Failed"),
    "held": ("human", "folder-lock", "Held"),
    "returned": ("warn", "corner-up-left", "Returned"),
}
REASONS = {
    "checks_failed": "a check failed on the candidate",
    "conflict": "it conflicts with the target",
    "in_the_way": "files of yours are in the way",
    "upstream_locked": "another git process holds a lock",
    "target_moved": "the target moved",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One item. `options` only where it can be decided on the spot."""

    kind: str
    id: str
    ref: str
    text: str
    url: str
    at: datetime
    facts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    default: str | None = None
    due: datetime | None = None
    answer_url: str = ""


def asks(project: Project) -> list[Ask]:
    found = [*_questions(project), *_reviews(project), *_failures(project), *_entries(project)]
    return sorted(found, key=lambda ask: (ask.at, ask.id))


def _questions(project: Project) -> Iterator[Ask]:
    rows = Question.objects.filter(run__project=project, state=QUESTION_OPEN)
    for row in rows.select_related("run__task__project", "run__agent"):
        options = tuple(row.options) or (("allow", "refuse") if row.kind == Question.PERMISSION else ())
        yield Ask(
            kind=row.kind,
            id=f"ask-question-{row.pk}",
            ref=row.run.task.ref,
            text=row.text,
            url=f"/runs/{row.run_id}/",
            at=row.asked_at,
            facts=(f"{row.run.agent.name} waits",),
            options=options,
            default=row.default,
            due=row.due_at,
            answer_url=f"/questions/{row.pk}/answer/",
        )


def _reviews(project: Project) -> Iterator[Ask]:
    changes = Change.objects.filter(project=project, state=CHANGE_OPEN).exclude(entries__state__in=LIVE)
    newest = {row.change_id: row for row in PatchSet.objects.filter(change__in=changes).order_by("number")}
    sent_back = set(
        Vote.objects.filter(patch_set__in=newest.values(), value__lt=0, replaced_at=None).values_list(
            "change_id", flat=True
        )
    )
    returned = set(_returned(project).values_list("patch_set_id", flat=True))
    at_work = set(Run.objects.filter(project=project, state__in=[QUEUED, RUNNING]).values_list("task_id", flat=True))
    for change in changes.select_related("task__project"):
        patch_set = newest.get(change.pk)
        if patch_set is None or change.pk in sent_back or patch_set.pk in returned:
            continue
        if change.task_id and change.task_id in at_work:
            continue
        yield Ask(
            kind="review",
            id=f"ask-review-{change.pk}",
            ref=change.task.ref if change.task else f"Change {change.number}",
            text=f"{change.title}: read patch set {patch_set.number}",
            url=f"/changes/{change.pk}/",
            at=patch_set.created_at,
            facts=(f"{patch_set.files} files, +{patch_set.additions} −{patch_set.deletions}", "open it to decide"),
        )


def _failures(project: Project) -> Iterator[Ask]:
    latest: dict[int, Run] = {}
    for run in Run.objects.filter(project=project, task__state="started").select_related("task__project", "agent"):
        latest[run.task_id] = run
    for run in latest.values():
        if run.state == FAILED:
            yield Ask(
                kind="failure",
                id=f"ask-run-{run.pk}",
                ref=run.task.ref,
                text=run.task.title,
                url=f"/runs/{run.pk}/",
                at=run.finished_at or run.created_at,
                facts=(run.failure_code.replace("_", " ") or "failed", run.agent.name),
            )


def _returned(project: Project) -> "QuerySet[QueueEntry]":
    return QueueEntry.objects.filter(project=project, state=RETURNED, change__state=CHANGE_OPEN)


def _entries(project: Project) -> Iterator[Ask]:
    held = QueueEntry.objects.filter(project=project, state=HELD)
    for entry in held.select_related("change__task__project"):
        yield _entry("held", entry)
    newest = {row.change_id: row.pk for row in PatchSet.objects.filter(change__project=project).order_by("number")}
    last: dict[int, QueueEntry] = {}
    for entry in QueueEntry.objects.filter(project=project, change__state=CHANGE_OPEN).select_related(
        "change__task__project"
    ):
        last[entry.change_id] = entry
    for entry in last.values():
        if entry.state == RETURNED and newest.get(entry.change_id) == entry.patch_set_id:
            yield _entry("returned", entry)


def _entry(kind: str, entry: QueueEntry) -> Ask:
    change = entry.change
    code = str(entry.reason.get("code", ""))
    return Ask(
        kind=kind,
        id=f"ask-{kind}-{entry.pk}",
        ref=change.task.ref if change.task else f"Change {change.number}",
        text=change.title,
        url=f"/p/{entry.project_id}/queue/" if kind == "held" else f"/changes/{change.pk}/",
        at=entry.finished_at or entry.changed_at,
        facts=(REASONS.get(code, code.replace("_", " ")), *map(str, entry.reason.get("files", [])[:3])),
    )


# Markup


def items(project: Project) -> str:
    found = asks(project)
    if not found:
        return safe('<li class="empty">Nothing waits for you. Questions, reviews and failures come here.</li>')
    return safe("".join(_item(number, ask) for number, ask in enumerate(found, 1)))


def _item(number: int, ask: Ask) -> str:
    tone, mark, word = KINDS[ask.kind]
    due = f"<span>default {until(ask.due)}</span>" if ask.due and ask.default is not None else ""
    facts = "".join(f"<span>{esc(fact)}</span>" for fact in ask.facts if fact) + due
    return (
        f'<li class="ask" id="{ask.id}" data-tone="{tone}" tabindex="-1"><span class="rank" aria-hidden="true">'
        f'{number}</span><p class="ask-kind">{icon(mark)}<b>{word}</b><span class="ref">{esc(ask.ref)}</span>'
        f'{ago(ask.at)}</p><p class="ask-text"><a href="{ask.url}">{esc(ask.text)}</a></p>{_options(ask)}'
        f'<p class="ask-facts">{facts}</p></li>'
    )


def _options(ask: Ask) -> str:
    if not ask.options:
        return ""
    buttons = "".join(option(number, text, ask) for number, text in enumerate(ask.options, 1))
    return f'<div class="options" role="group" aria-label="Options">{buttons}</div>'


def option(number: int, text: str, ask: Ask) -> str:
    is_default = text == ask.default
    why = '<span class="why"><b class="dflt">default</b></span>' if is_default else ""
    return (
        f'<button type="button" class="option"{" data-default" if is_default else ""} data-needs="reviewer" '
        f'data-act="answer" data-url="{ask.answer_url}" data-value-text="{esc(text)}">'
        f'<span class="letter">{number}</span><span>{esc(text)}{why}</span></button>'
    )
