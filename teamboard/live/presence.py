"""Who else looks at a change now: kept in memory, told between web processes through Redis, stored nowhere.

Each process says every two seconds, and when somebody comes or goes, who has which change open; what was not said
again for six seconds is forgotten. Without Redis nobody can know, so nothing is shown.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings

from teamboard.live import frames
from teamboard.live.room import Room, Socket
from teamboard.live.topics import kind_of
from teamboard.parts import presence

CHANNEL = "teamboard:presence"
LOOK_SECONDS, SAY_SECONDS, FORGET_SECONDS = 0.25, 2.0, 6.0

log = logging.getLogger(__name__)
Looking = dict[str, frozenset[int]]
Draw = Callable[[frozenset[int]], Awaitable[str]]


def looking(room: Room) -> Looking:
    """Change topic -> the people of this process who have it open."""
    found: dict[str, set[int]] = {}
    for socket in room.sockets:
        for topic in socket.joins:
            if kind_of(topic) == "change":
                found.setdefault(topic, set()).add(socket.user)
    return {topic: frozenset(people) for topic, people in found.items()}


class Presence:
    def __init__(self, room: Room, draw: Draw) -> None:
        self.room, self._draw = room, draw
        self.name = secrets.token_hex(8)
        self.connected = False
        self._said: Looking = {}
        self._said_at = 0.0
        self._others: dict[str, tuple[float, Looking]] = {}
        self._told: WeakKeyDictionary[Socket, Looking] = WeakKeyDictionary()

    async def run(self) -> None:
        """Listen and say, for as long as Redis is there; begin anew when it comes back."""
        while True:
            try:
                await self._connected()
            except (redis.RedisError, OSError):
                await self._alone()
            except Exception:
                log.exception("who looks at what could not be told; beginning anew")
            await asyncio.sleep(1)

    async def _alone(self) -> None:
        self.connected = False
        self._others.clear()
        await self._tell()

    async def _connected(self) -> None:
        client = redis.asyncio.from_url(settings.REDIS_URL, socket_timeout=None)
        async with client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(CHANNEL)
            self.connected, self._said_at = True, 0.0
            while True:
                message = await pubsub.get_message(timeout=LOOK_SECONDS)
                if message is not None:
                    self._heard(json.loads(message["data"]))
                await self._say(client)
                await self._tell()

    async def _say(self, client: "redis.asyncio.Redis") -> None:
        mine, now = looking(self.room), time.monotonic()
        if mine != self._said or now - self._said_at > SAY_SECONDS:
            body = {"from": self.name, "topics": {topic: sorted(people) for topic, people in mine.items()}}
            await client.publish(CHANNEL, json.dumps(body))
            self._said, self._said_at = mine, now

    def _heard(self, body: dict[str, Any]) -> None:
        if body["from"] != self.name:
            topics = {topic: frozenset(people) for topic, people in body["topics"].items()}
            self._others[body["from"]] = (time.monotonic(), topics)

    def people(self, topic: str) -> frozenset[int]:
        """Everybody who has it open in any process; nobody while this one is alone without Redis."""
        if not self.connected:
            return frozenset()
        alive = time.monotonic() - FORGET_SECONDS
        far = [topics.get(topic, frozenset()) for at, topics in self._others.values() if at > alive]
        return looking(self.room).get(topic, frozenset()).union(*far)

    def redraw(self) -> None:
        """Somebody may be called otherwise: every page is told anew."""
        self._told.clear()

    async def _tell(self) -> None:
        """Every page of a change that was not told yet, or not this."""
        drawn: dict[frozenset[int], str] = {}
        for socket in list(self.room.sockets):
            told = self._told.setdefault(socket, {})
            for topic in [topic for topic in socket.joins if kind_of(topic) == "change"]:
                people = self.people(topic)
                if told.get(topic) != people:
                    told[topic] = people
                    if people not in drawn:
                        drawn[people] = await self._draw(people)
                    frame = {"topic": topic, "kind": "html", "target": "presence", "swap": "replace"}
                    socket.offer([frames.text(frame | {"html": drawn[people]})])


def draw(people: frozenset[int]) -> str:
    return presence.people(people)
