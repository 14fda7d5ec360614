"""The checkpoints of a run: what was kept of its work, and where another run may start from."""

from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import ago, esc, icon, safe
from teamboard.parts.registry import Frame, live_part
from teamboard.runs import queries
from teamboard.runs.models import Checkpoint, Run

WHEN = {"work": "after its turn", "interval": "while it worked", "end": "as it was when the run ended"}


def panel(run: Run) -> str:
    """Newest first; empty and out of sight as long as nothing was kept."""
    rows = queries.checkpoints_of(run)
    items = "".join(map(_item, rows))
    return safe(
        f'<section class="section" id="run-checkpoints" aria-labelledby="h-checkpoints"{"" if rows else " hidden"}>'
        f'<div class="section-head"><h2 id="h-checkpoints">Kept of its work</h2><span class="count">{len(rows)}</span>'
        f'</div><ul class="file-list">{items}</ul></section>'
    )


def _item(row: Checkpoint) -> str:
    return (
        f'<li id="checkpoint-{row.pk}"><span>Checkpoint {row.number}, {esc(WHEN.get(row.reason, row.reason))}</span>'
        f'<span class="age">{ago(row.at, title=row.head_sha[:10])}</span>'
        f'<button type="button" class="btn" data-size="s" data-kind="quiet" data-needs="architect" data-act="continue" '
        f'data-url="/checkpoints/{row.pk}/continue/">{icon("play")}Continue from here</button></li>'
    )


@live_part(facts.CheckpointKept, topic="runstate")
def frames(logged: Logged) -> list[Frame]:
    found = Run.objects.filter(pk=getattr(logged.fact, "run", 0))
    return [Frame(f"runstate.{run.pk}", target="run-checkpoints", html=panel(run)) for run in found]
