"""Who listens to what in this web process, and the handing out of ready frames."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from teamboard.live.frames import Ready, reset
from teamboard.live.outbox import Outbox


@dataclass(eq=False)
class Socket:
    """One open page or script. `joins` is its topics with their projects; `recheck` looks at its rights again."""

    user: int
    recheck: Callable[[], None]
    outbox: Outbox = field(default_factory=lambda: Outbox(reset()))
    joins: dict[str, int] = field(default_factory=dict)
    number: int = field(default_factory=itertools.count().__next__)
    # A client that asked for it gets the frames of one tick as one JSON list.
    wants_lists: bool = False

    def offer(self, messages: Sequence[str]) -> None:
        joined = self.wants_lists and len(messages) > 1
        self.outbox.offer([f"[{','.join(messages)}]"] if joined else messages)


class Room:
    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self._by_topic: dict[str, set[Socket]] = defaultdict(set)

    def enter(self, socket: Socket) -> None:
        self.sockets.add(socket)

    def listen(self, socket: Socket, topic: str, project: int) -> None:
        socket.joins[topic] = project
        self._by_topic[topic].add(socket)

    def quiet(self, socket: Socket, topic: str) -> None:
        socket.joins.pop(topic, None)
        self._by_topic[topic].discard(socket)
        if not self._by_topic[topic]:
            del self._by_topic[topic]

    def leave(self, socket: Socket) -> None:
        for topic in list(socket.joins):
            self.quiet(socket, topic)
        self.sockets.discard(socket)

    def topics(self, project: int) -> frozenset[str]:
        return frozenset(topic for socket in self.sockets for topic, of in socket.joins.items() if of == project)

    def all_topics(self) -> dict[str, int]:
        return {topic: project for socket in self.sockets for topic, project in socket.joins.items()}

    def of_user(self, user: int) -> list[Socket]:
        return [socket for socket in self.sockets if socket.user == user]

    def hand_out(self, frames: Iterable[Ready]) -> None:
        """Every socket gets, in order, the frames of its topics; equal sets of topics share one list."""
        frames = list(frames)
        told = frozenset(frame.topic for frame in frames)
        lists: dict[frozenset[str], list[str]] = {}
        for socket in set().union(*(self._by_topic.get(topic, ()) for topic in told)):
            key = told.intersection(socket.joins)
            if key not in lists:
                lists[key] = [frame.text for frame in frames if frame.topic in key]
            socket.offer(lists[key])
