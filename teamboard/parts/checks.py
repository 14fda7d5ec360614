"""Check runs of a tree: what the board itself saw."""

from teamboard.parts import hints
from teamboard.parts.code import clean
from teamboard.parts.marks import ago, icon
from teamboard.reviews.models import Change, CheckRun, PatchSet
from teamboard.reviews.queries import checks_of
from teamboard.reviews.states import COMPLETED, FAILURE, IMPOSSIBLE, IN_PROGRESS, SUCCESS, TIMED_OUT


def check_section(change: Change, patch_set: PatchSet | None) -> str:
    found = checks_of(patch_set.tree_sha, change.project) if patch_set else []
    rows = sorted(found, key=lambda row: (row.conclusion == SUCCESS, row.name))
    beside = hints.beside_green(change, patch_set)
    items = "".join(check_row(row, beside if row.conclusion == SUCCESS else "") for row in rows) or (
        '<li class="small mute">No check has been tried on this tree yet.</li>'
    )
    tree = f'board, sandbox · tree <span class="mono">{patch_set.tree_sha[:7]}</span>' if patch_set else ""
    return (
        '<section class="section" id="checks"><header class="section-head"><h2>Check runs</h2>'
        f'<span class="aside">{tree}</span></header><ul>{items}</ul></section>'
    )


_LOOK = {
    SUCCESS: ("good", "circle-check", "passed"),
    FAILURE: ("bad", "circle-x", "failed"),
    TIMED_OUT: ("bad", "circle-x", "ran out of time"),
    IMPOSSIBLE: ("mute", "circle-minus", "cannot run here"),
}


def look(row: CheckRun) -> tuple[str, str, str]:
    if row.state == COMPLETED:
        return _LOOK.get(row.conclusion, ("mute", "circle-minus", row.conclusion))
    return ("machine", "play", "running") if row.state == IN_PROGRESS else ("mute", "clock", "queued")


def check_row(row: CheckRun, beside: str = "") -> str:
    tone, mark, word = look(row)
    said = f'<span class="sub" data-tone="warn">{icon("triangle-alert", "xs")} {beside}</span>' if beside else ""
    return (
        f'<li class="check-run" id="check-{row.pk}" data-tone="{tone}">{icon(mark)}<span class="clip">'
        f'{clean(row.name)} <span class="mute">{word}</span></span>'
        f'<span class="age">{ago(row.finished_at or row.started_at or row.queued_at)}</span>{_details(row)}{said}</li>'
    )


def _details(row: CheckRun) -> str:
    failing = "".join(f'<br><span class="mono">{clean(str(name))}</span>' for name in row.failing[:20])
    more = f"<br>and {len(row.failing) - 20} more" if len(row.failing) > 20 else ""
    log = f' <a class="link" href="/checks/{row.pk}/log/">Log</a>' if row.state == COMPLETED else ""
    tries = f" attempt {row.number}" if row.number > 1 else ""
    return (
        f'<span class="sub">{clean(row.summary[:300])}{tries}{failing}{more}{log}</span>'
        if (row.summary or failing or log or tries)
        else ""
    )
