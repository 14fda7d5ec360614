"""What surrounds every page of a project: the counts in the navigation and what waits for a person."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from teamboard.accounts.actions import INSTANCE
from teamboard.accounts.models import User
from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events import queries as log
from teamboard.events.bus import Logged
from teamboard.evidence import Ask, asks
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import LIVE
from teamboard.lib.prepared import Prepared
from teamboard.parts import attention
from teamboard.parts.marks import esc, safe
from teamboard.parts.registry import Frame, drawn_once, live_part
from teamboard.reviews.models import Change
from teamboard.reviews.states import OPEN


@dataclass(frozen=True, slots=True)
class Counts:
    review: int
    queue: int


def _waiting_changes(project: int) -> "QuerySet[Any, Any]":
    """Open or queued, and whether queued."""
    queued = Exists(QueueEntry.objects.filter(change=OuterRef("pk"), state__in=LIVE))
    changes = Change.objects.filter(Q(state=OPEN) | queued, project=project).order_by().values_list(queued)
    return changes.annotate(Count("pk"))


WAITING = Prepared(_waiting_changes)


def counts(project: Project) -> Counts:
    found: dict[bool, int] = dict(WAITING.rows(project.pk))
    return Counts(review=found.get(False, 0), queue=found.get(True, 0))


def nav_count(name: str, number: int, tone: str = "") -> str:
    toned = f' data-tone="{tone}"' if tone else ""
    return safe(f'<span class="count" id="nav-count-{name}"{toned}{"" if number else " hidden"}>{number}</span>')


def nav_counts(project: Project, waiting: list[Ask] | None = None) -> dict[str, str]:
    """The live pieces of the top bar, by name; `asks` is for the title and for notifications on every page."""
    now, waiting = counts(project), asks(project) if waiting is None else waiting
    return {
        "review": nav_count("review", now.review, "human"),
        "queue": nav_count("queue", now.queue),
        "target": safe(f'<span class="branch desk-only" id="nav-count-target">{esc(project.target)}</span>'),
        "asks": safe(
            f'<span id="nav-count-asks" data-asks="{esc(attention.summary(project, waiting))}" hidden></span>'
        ),
    }


def position(project: Project | None, *names: str) -> str:
    """The value of `data-topics`: read the position before the rows, so that nothing is missed in between."""
    if project is None:
        return ""
    at = log.position(project.pk)
    return " ".join(f"{name}:{at}" for name in names)


def own_position(me: User) -> str:
    """The topic of what is a person's own, which is told by the instance's log."""
    return f"person.{me.pk}:{log.position(INSTANCE)}"


WAITING_CHANGES = (
    facts.QuestionAsked,
    facts.QuestionClosed,
    facts.SuggestedTaskMoved,
    facts.RunCreated,
    facts.RunMoved,
    facts.TaskChanged,
    facts.ChangeOpened,
    facts.ChangeMoved,
    facts.PatchSetUploaded,
    facts.VoteCast,
    facts.ChangesRequested,
    facts.EntryMoved,
    facts.ProjectReady,
)


@live_part(*WAITING_CHANGES, topic="project")
def frames(logged: Logged) -> list[Frame]:
    return waiting_frames(logged.project)


@drawn_once
def waiting_frames(pk: int) -> list[Frame]:
    project = Project.objects.get(pk=pk)
    topic, waiting = f"project.{project.pk}", asks(project)
    return [
        *(Frame(topic, target=f"nav-count-{name}", html=html) for name, html in nav_counts(project, waiting).items()),
        Frame(topic, target="attention-next", swap="inner", html=attention.items(waiting)),
    ]
