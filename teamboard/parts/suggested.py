"""Tasks that an agent suggested and nobody has decided about yet, on the page of its run."""

from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import ago, icon, quoted, safe
from teamboard.parts.registry import Frame, live_part
from teamboard.runs import queries
from teamboard.runs.models import Run, SuggestedTask


def panel(run: Run) -> str:
    """Out of sight as long as nothing waits. The words are the agent's."""
    rows = queries.open_suggestions(run)
    items = "".join(map(_item, rows))
    return safe(
        f'<section class="section" id="run-suggested" aria-labelledby="h-suggested"{"" if rows else " hidden"}>'
        f'<div class="section-head">{icon("lightbulb")}<h2 id="h-suggested">Suggested tasks</h2>'
        f'<span class="count">{len(rows)}</span></div><ul class="bare-list small">{items}</ul></section>'
    )


def _item(row: SuggestedTask) -> str:
    body = f'<p class="soft">{quoted(row.body[:2000])}</p>' if row.body else ""
    url = f"/suggested-tasks/{row.pk}"
    return (
        f'<li class="stack" id="suggested-{row.pk}"><p><b>{quoted(row.title)}</b> '
        f'<span class="mute">{ago(row.at)}</span></p>{body}<p class="row wrap">'
        f'<button type="button" class="btn" data-size="s" data-needs="reviewer" '
        f'data-act="accept-task" data-url="{url}/accept/">{icon("plus")}Put it on the board</button>'
        f'<button type="button" class="btn" data-size="s" data-kind="quiet" data-needs="reviewer" '
        f'data-act="dismiss-task" data-url="{url}/dismiss/">Dismiss</button></p></li>'
    )


@live_part(facts.SuggestedTaskMoved, topic="runstate")
def frames(logged: Logged) -> list[Frame]:
    found = Run.objects.filter(pk=getattr(logged.fact, "run", 0))
    return [Frame(f"runstate.{run.pk}", target="run-suggested", html=panel(run)) for run in found]
