"""Tasks that were deleted, each with the way back."""

from teamboard.board import queries
from teamboard.board.models import Project, Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import ago, esc, icon, safe
from teamboard.parts.registry import Frame, live_part


def panel(project: Project) -> str:
    rows = queries.deleted_tasks(project)
    items = "".join(map(_item, rows)) or '<li class="empty">Nothing was deleted.</li>'
    return safe(
        f'<section class="panel" id="deleted" aria-labelledby="h-deleted"><header class="section-head">'
        f'{icon("history", "")}<h2 id="h-deleted">Deleted tasks</h2><span class="count">{len(rows)}</span>'
        f'<span class="aside">all of their work is kept</span></header><ul>{items}</ul></section>'
    )


def _item(task: Task) -> str:
    return (
        f'<li class="set-row" id="deleted-{task.pk}"><span><b><a href="/tasks/{task.pk}/">{esc(task.ref)}</a> '
        f"{esc(task.title)}</b><small>it was {esc(task.deleted_from)}, deleted {ago(task.changed_at)} ago"
        f'</small></span><button type="button" class="btn" data-size="s" data-needs="reviewer" data-act="restore" '
        f'data-url="/tasks/{task.pk}/restore/">{icon("undo-2")}Restore</button></li>'
    )


@live_part(facts.TaskDeleted, facts.TaskRestored, topic="settings")
def frames(logged: Logged) -> list[Frame]:
    found = Project.objects.filter(pk=logged.project)
    return [Frame(f"settings.{project.pk}", target="deleted", html=panel(project)) for project in found]
