"""From the log to frames. Runs in the fan-out's one database thread."""

import logging
from dataclasses import dataclass, field

from teamboard.events import queries
from teamboard.events.bus import Logged
from teamboard.events.catalogue import Fact, MemberChanged, UserChanged
from teamboard.events.models import EventHead
from teamboard.live import frames
from teamboard.live.frames import Ready
from teamboard.live.topics import kind_of, topic_for
from teamboard.parts.registry import Frame, Part, parts_of, reading

BATCH = 300

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Batch:
    """What `topics` are shown after a stretch of the log; `members` are the people whose rights may have changed."""

    position: int
    ready: list[Ready] = field(default_factory=list)
    members: set[int] = field(default_factory=set)
    more: bool = False


def heads(projects: list[int]) -> dict[int, int]:
    return dict(EventHead.objects.filter(pk__in=projects).values_list("pk", "seq"))


def read(project: int, after: int, topics: frozenset[str]) -> Batch:
    events = queries.after(project, after, BATCH)
    logged = [queries.as_logged(event) for event in events]
    batch = Batch(logged[-1].seq if logged else after, more=len(events) == BATCH)
    batch.ready = render(logged, topics)
    batch.members = {one.fact.user for one in logged if isinstance(one.fact, MemberChanged | UserChanged)}
    return batch


def render(logged: list[Logged], topics: frozenset[str]) -> list[Ready]:
    """Each part once per distinct fact, at the place of its last telling."""
    calls: dict[tuple[Part, Fact], tuple[Logged, str]] = {}
    for one in logged:
        for part in parts_of(type(one.fact)):
            if _wanted(part.topic, one.fact, topics):
                calls.pop((part.render, one.fact), None)
                calls[part.render, one.fact] = (one, part.topic)
    made: list[tuple[int, Frame]] = []
    resets: list[Ready] = []
    with reading(topics):
        for (call, _), (one, kind) in calls.items():
            try:
                made += [(one.seq, frame) for frame in call(one) if frame.topic in topics]
            except Exception:
                # One broken part must not silence the rest; its pages read themselves anew instead of being stale.
                log.exception("part %s failed on %s", getattr(call, "__name__", call), one)
                resets += _resets(kind, one, topics)
    return [frames.ready(seq, frame) for seq, frame in frames.newest(made)] + resets


def _wanted(kind: str, fact: Fact, topics: frozenset[str]) -> bool:
    named = topic_for(kind, fact)
    return named in topics if named else any(kind_of(topic) == kind for topic in topics)


def _resets(kind: str, one: Logged, topics: frozenset[str]) -> list[Ready]:
    concerned = [topic for topic in topics if kind_of(topic) == kind]
    return [Ready(topic, frames.reset(topic, one.seq)) for topic in concerned]
