"""The merge queue as a train: what has landed, what is tested next, what was returned and why."""

from collections.abc import Iterator

from teamboard.board.models import Project
from teamboard.gate.models import Freeze, QueueEntry
from teamboard.gate.states import HELD, LANDING, LIVE, MERGED, QUEUED, RETURNED, TESTING
from teamboard.parts.change import author, reason_words
from teamboard.parts.checks import look
from teamboard.parts.code import clean
from teamboard.parts.marks import ago, icon, person, safe
from teamboard.parts.sentences import plural
from teamboard.reviews.models import Change, CheckRun
from teamboard.reviews.queries import checks_of
from teamboard.reviews.states import COMPLETED, IN_PROGRESS, SUCCESS

_RELATED = ("change__task__project", "change__agent", "change__author_user", "patch_set", "vote__user")
_LOOK = {
    QUEUED: ("mute", "clock", "queued"),
    TESTING: ("machine", "play", "testing"),
    LANDING: ("machine", "arrow-right", "landing"),
    HELD: ("human", "folder-lock", "held"),
}


def entries(project: Project) -> list[QueueEntry]:
    return list(QueueEntry.objects.filter(project=project, state__in=LIVE).select_related(*_RELATED).order_by("pk"))


def gone(project: Project, state: str, limit: int) -> list[QueueEntry]:
    rows = QueueEntry.objects.filter(project=project, state=state).select_related(*_RELATED)
    return list(rows.order_by("-finished_at", "-pk")[:limit])


def pieces(project: Project) -> dict[str, str]:
    """The page's live parts by DOM id."""
    return {
        "queue-state": freeze_state(project),
        "queue-alarm": alarm(project),
        "queue-line": line(project),
        "merges": finished("merges", gone(project, MERGED, 20), "Nothing has been merged yet."),
        "returned": finished("returned", gone(project, RETURNED, 20), "Nothing was returned."),
    }


def line(project: Project) -> str:
    live = entries(project)
    words = _summary(live)
    return (
        '<section class="panel" id="queue-line" aria-labelledby="q1"><header class="section-head">'
        f'{icon("train-front", "")}<h2 id="q1">Main line</h2><span class="count">{len(live)}</span>'
        f'<span class="aside">{words}</span></header>{train(project, live)}</section>'
    )


def _summary(live: list[QueueEntry]) -> str:
    counted = [(state, sum(entry.state == state for entry in live)) for state in (TESTING, LANDING, HELD, QUEUED)]
    return ", ".join(f"{number} {state}" for state, number in counted if number) or "empty"


def train(project: Project, live: list[QueueEntry]) -> str:
    landed = "".join(
        _landed(entry, last=index == 0) for index, entry in reversed(list(enumerate(gone(project, MERGED, 3))))
    )
    coaches = "".join(_coach(entry, number) for number, entry in enumerate(live, 1))
    empty = "" if live else '<p class="empty">Approved changes line up here and land one by one.</p>'
    return (
        '<ol class="train" id="train" tabindex="0" aria-label="Main line and queue, oldest first">'
        f"{landed}{coaches}</ol>{empty}"
    )


def name_of(change: Change) -> str:
    return clean(change.task.ref) if change.task else f"Change {change.number}"


def _landed(entry: QueueEntry, *, last: bool) -> str:
    return (
        f'<li class="landed{" tip" if last else ""}"><span class="node" aria-hidden="true">{icon("check", "xs")}</span>'
        f'<p class="label"><b>{name_of(entry.change)}</b><span class="mono">{entry.candidate_sha[:7]}</span><br>'
        f"{ago(entry.finished_at)}</p></li>"
    )


def _coach(entry: QueueEntry, number: int) -> str:
    tone, mark, word = _LOOK[entry.state]
    shown = TESTING if entry.state == LANDING else entry.state
    return (
        f'<li data-s="{shown}" data-state="{entry.state}" id="entry-{entry.pk}"><span class="node" aria-hidden="true">'
        f'{number}</span><article class="coach"><p class="row"><span class="status" data-tone="{tone}">{icon(mark)}'
        f'<span class="word">{word}</span></span><span class="push micro mute nowrap">'
        f"{ago(entry.changed_at)}</span></p>"
        f'<h3 class="title"><a href="/changes/{entry.change_id}/"><span class="ref">{name_of(entry.change)}</span> '
        f"{clean(entry.change.title)}</a></h3>{''.join(_coach_body(entry))}</article></li>"
    )


def _coach_body(entry: QueueEntry) -> Iterator[str]:
    runs = checks_of(entry.candidate_tree, entry.project) if entry.candidate_tree else []
    if runs:
        yield _bar(runs)
        yield f'<p class="assumes">{", ".join(f"{clean(run.name)} {look(run)[2]}" for run in runs)}</p>'
    if entry.state == HELD or entry.reason:
        yield f'<p class="held-why"><b>{entry.state.title()}:</b> {reason_words(entry.reason)}</p>'
    base = f"on {entry.base_sha[:7]}" if entry.base_sha else "waits for its turn"
    candidate = f' · candidate <span class="mono">{entry.candidate_sha[:7]}</span>' if entry.candidate_sha else ""
    yield f'<p class="assumes row tight wrap">{author(entry.change)}<span>{base}{candidate}</span></p>'


def _bar(runs: list[CheckRun]) -> str:
    passed = sum(run.conclusion == SUCCESS for run in runs)
    bars = "".join(f'<i data-s="{_step(run)}"></i>' for run in runs)
    words = f"{passed} of {plural(len(runs), 'check')} passed"
    return f'<div class="coach-checks" role="img" aria-label="{words}">{bars}</div>'


def _step(run: CheckRun) -> str:
    if run.state == COMPLETED:
        return "ok" if run.conclusion == SUCCESS else "bad"
    return "now" if run.state == IN_PROGRESS else ""


def finished(target: str, rows: list[QueueEntry], empty: str) -> str:
    items = "".join(_entry(entry) for entry in rows) or f'<li class="empty">{empty}</li>'
    return f'<ul id="{target}">{items}</ul>'


def _entry(entry: QueueEntry) -> str:
    merged = entry.state == MERGED
    mark, tone = ("git-merge", "good") if merged else ("corner-up-left", "warn")
    return (
        f'<li class="entry" data-tone="{tone}" data-state="{entry.state}" id="out-{entry.pk}">{icon(mark, "")}'
        f'<p class="title"><span class="ref">{name_of(entry.change)}</span> <a href="/changes/{entry.change_id}/">'
        f'{clean(entry.change.title)}</a></p><p class="facts">{"".join(_facts(entry))}</p></li>'
    )


def _facts(entry: QueueEntry) -> Iterator[str]:
    if entry.state == RETURNED or entry.reason:
        yield f'<b class="tone-ink">{reason_words(entry.reason)}</b>'
    if entry.vote:
        yield f"<span>approved by {person(entry.vote.user, 's')} {clean(entry.vote.user.label)}</span>"
    if entry.waived:
        yield f"<span>waived: {clean(', '.join(entry.waived))}</span>"
    if entry.candidate_sha:
        yield f'<span class="mono">{entry.candidate_sha[:10]}</span>'
    yield f"<span>{ago(entry.finished_at)}</span>"


def alarm(project: Project) -> str:
    """Red, above everything: the board stopped by itself, for what it read back was wrong."""
    frozen = Freeze.objects.filter(project=project, alarm=True).first()
    if frozen is None:
        return '<div id="queue-alarm" hidden></div>'
    return (
        f'<div id="queue-alarm" class="notice" data-tone="bad" role="alert">{icon("triangle-alert")}<span><b>The board '
        f"has stopped landing.</b> {clean(frozen.reason)} Nothing lands until an Architect has looked and lets it land "
        "again.</span></div>"
    )


def freeze_state(project: Project) -> str:
    frozen = Freeze.objects.filter(project=project).select_related("by").first()
    head = f'<span class="mono">{project.head_sha[:7]}</span>' if project.head_sha else "unknown"
    where = (
        f'<span class="status" data-tone="mute">{icon("git-branch")}<span class="word">{clean(project.target)}</span>'
        f' <span class="age">{head}</span></span>'
    )
    if frozen is None:
        return f'<div class="actions" id="queue-state" data-frozen="no">{where}{_FREEZE}</div>'
    by = f" by {clean(frozen.by.label)}" if frozen.by else ""
    reason = f": {clean(frozen.reason)}" if frozen.reason else ""
    return (
        f'<div class="actions" id="queue-state" data-frozen="yes">{where}<span class="status" data-tone="human">'
        f'{icon("snowflake")}<span class="word">frozen{by}</span> <span class="age">{ago(frozen.at)}{reason}</span>'
        f"</span>{_UNFREEZE}</div>"
    )


_FREEZE = f'<button class="btn" data-act="freeze" data-role="architect">{icon("snowflake")}Freeze</button>'
_UNFREEZE = f'<button class="btn" data-act="unfreeze" data-role="architect">{icon("play")}Let it land again</button>'


def page_pieces(project: Project) -> dict[str, str]:
    return {name.replace("-", "_"): safe(html) for name, html in pieces(project).items()}
