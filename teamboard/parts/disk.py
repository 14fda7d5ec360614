"""What a project takes of the disk, by kind, with the rule that says what is kept."""

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from teamboard.board.models import DiskUse, Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import ago, esc, icon, safe
from teamboard.parts.registry import Frame, live_part


def _rules() -> tuple[tuple[str, str, str], ...]:
    runs, layers, logs = settings.KEEP_RUN_DAYS, settings.KEEP_LAYER_DAYS, settings.KEEP_LOG_BYTES
    return (
        ("stores", "Stores", "Patch sets, checkpoints and history. Never collected."),
        (
            "runs",
            "Runs",
            f"Folders of ended runs go after {runs:g} days, once commits and files are in the store; what the project "
            "ignores goes with them. Output stays.",
        ),
        ("environments", "Environments", f"Layers go after {layers:g} days without use, never the current one."),
        ("logs", "Logs of checks", f"The oldest go beyond {_bytes(logs)}, never those of work under review."),
    )


def panel(project: Project) -> str:
    row = DiskUse.objects.filter(project=project).first()
    uses = row.uses if row else {}
    asked = " disabled" if row and row.asked_at else ""
    items = "".join(_item(word, rule, uses.get(kind)) for kind, word, rule in _rules())
    return safe(
        f'<section class="panel" id="disk" aria-labelledby="h-disk"><header class="section-head">{icon("server", "")}'
        f'<h2 id="h-disk">Disk</h2><span class="aside">{_told(row)}</span></header><ul>{items}</ul>'
        f'<p class="pad"><button type="button" class="btn" data-size="s" data-needs="architect" data-act="collect" '
        f'data-url="/p/{project.pk}/settings/collect/"{asked}>Collect now</button>'
        f"</p></section>"
    )


def _item(word: str, rule: str, used: int | None) -> str:
    size = "not measured" if used is None else _bytes(used)
    return f'<li class="set-row"><span><b>{word}</b><small>{esc(rule)}</small></span><span>{size}</span></li>'


def _told(row: DiskUse | None) -> str:
    if row is None or row.measured_at is None:
        return "is being measured"
    freed = f", {_bytes(row.freed)} freed" if row.freed else ""
    return f"measured {ago(row.measured_at)} ago{freed}{', being collected' if row.asked_at else ''}"


def _bytes(count: int) -> str:
    return esc(filesizeformat(count))


@live_part(facts.DiskChanged, topic="settings")
def frames(logged: Logged) -> list[Frame]:
    found = Project.objects.filter(pk=logged.project)
    return [Frame(f"settings.{project.pk}", target="disk", html=panel(project)) for project in found]
