"""The list of live parts: which function renders which piece of a page anew when a fact is told."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

from django.db.models import Model, QuerySet

from teamboard import parts
from teamboard.events.bus import Logged
from teamboard.events.catalogue import Fact

Kind = Literal["html", "hint"]
Swap = Literal["replace", "inner", "remove", "append", "place"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What one topic is shown: the current state of the element `target` (a DOM id), for every viewer alike.

    html: `replace` the element (ignored where the page has none), its `inner` html, `remove` it, `append` the html into
    it, or `place` it: the html's own id is put into `parent`. A placed element with `data-order="1.5,31"` (numbers)
    finds its place among its ordered siblings by itself, whatever moves around it; otherwise it goes in front of
    `before`, or to the end. hint: `url` is what the page may fetch with its own rights; `target` is for its scripts.
    """

    topic: str
    kind: Kind = "html"
    target: str = ""
    swap: Swap = "replace"
    html: str = ""
    url: str = ""
    parent: str = ""
    before: str = ""


Part = Callable[[Logged], list[Frame]]


@dataclass(frozen=True, slots=True)
class LivePart:
    """A registered function and the kind of topic (`board`, `change`, ...) that it renders for."""

    topic: str
    render: Part


_parts: dict[type[Fact], list[LivePart]] = {}


def live_part(*facts: type[Fact], topic: str) -> Callable[[Part], Part]:
    """Call the decorated function when one of `facts` was logged and somebody listens to a topic of this kind.

    It reads the database afresh and renders what is true now, so that being called once for many facts, or
    twice for one, makes no difference.
    """

    def register(render: Part) -> Part:
        for fact in facts:
            _parts.setdefault(fact, []).append(LivePart(topic, render))
        return render

    return register


# What the open pages listen to while their frames are made; None where nobody says, which means everything.
open_topics: ContextVar[frozenset[str] | None] = ContextVar("open_topics", default=None)
Row = TypeVar("Row", bound=Model)


def looked_at(kind: str, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Of many rows that a fact concerns, those whose own pages (`kind.id`) are open: nothing is drawn for nobody."""
    topics = open_topics.get()
    if topics is None:
        return rows
    named = (topic.partition(".") for topic in topics)
    return rows.filter(pk__in=[int(number) for of, _, number in named if of == kind])


# What has been drawn in this reading of the log; None outside of one.
_drawn: ContextVar[dict[Any, Any] | None] = ContextVar("drawn", default=None)
Drawing = ParamSpec("Drawing")
Drawn = TypeVar("Drawn")


def drawn_once(draw: Callable[Drawing, Drawn]) -> Callable[Drawing, Drawn]:
    """Draw a thing once for all facts that are read together: all of them were committed before it is drawn."""

    @wraps(draw)
    def once(*args: Drawing.args, **kwargs: Drawing.kwargs) -> Drawn:
        drawn, key = _drawn.get(), (draw, *args, *kwargs.items())
        if drawn is None:
            return draw(*args, **kwargs)
        if key not in drawn:
            drawn[key] = draw(*args, **kwargs)
        found: Drawn = drawn[key]
        return found

    return once


@contextmanager
def reading(topics: frozenset[str]) -> Iterator[None]:
    """While facts that were read together are drawn for those who listen to `topics`."""
    listening, drawn = open_topics.set(topics), _drawn.set({})
    try:
        yield
    finally:
        open_topics.reset(listening)
        _drawn.reset(drawn)


def parts_of(fact: type[Fact]) -> tuple[LivePart, ...]:
    return tuple(_parts.get(fact, ()))


def load() -> None:
    """Import every module of this room, so that all parts are registered."""
    for module in pkgutil.iter_modules(parts.__path__):
        importlib.import_module(f"{parts.__name__}.{module.name}")
