"""Reads over the log."""

from collections.abc import Mapping

from teamboard.events.bus import Logged, digest
from teamboard.events.catalogue import BY_KIND
from teamboard.events.models import Event, EventHead


def position(project: int) -> int:
    """The sequence number of the last committed fact."""
    return EventHead.objects.filter(pk=project).values_list("seq", flat=True).first() or 0


def after(project: int, seq: int, limit: int = 500) -> list[Event]:
    return list(Event.objects.filter(project_id=project, seq__gt=seq).order_by("seq")[:limit])


def as_logged(event: Event) -> Logged:
    return Logged(event.project_id, event.seq, BY_KIND[event.kind](project=event.project_id, **event.data))


def broken_link(project: int) -> int | None:
    """The first sequence number whose hash or place does not fit its predecessor; None if the chain holds."""
    previous, expected = "", 1
    for event in Event.objects.filter(project_id=project).order_by("seq").iterator():
        value = digest(previous, project, event.seq, event.kind, event.actor, event.at, event.data)
        if event.seq != expected or event.previous != previous or event.hash != value:
            return event.seq
        previous, expected = event.hash, expected + 1
    head = EventHead.objects.filter(pk=project).first()
    return expected if head and head.seq != expected - 1 else None


def unlike(project: int, witnessed: Mapping[int, str]) -> int | None:
    """The first number whose event is gone or has another hash than somebody wrote down (seq -> hash)."""
    seqs = sorted(witnessed)
    for at in range(0, len(seqs), 500):
        part = seqs[at : at + 500]
        known = dict(Event.objects.filter(project_id=project, seq__in=part).values_list("seq", "hash"))
        if wrong := next((seq for seq in part if known.get(seq) != witnessed[seq]), None):
            return wrong
    return None
