"""One socket: authorise, join with positions, forward what the fan-out hands out, stop when a right ends."""

import asyncio
import json
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from teamboard.live import frames
from teamboard.live.auth import user_of
from teamboard.live.fanout import Fanout
from teamboard.live.room import Socket
from teamboard.live.topics import may_listen, project_of

MOST_INBOUND = 64 * 1024
MOST_TOPICS = 200
MESSAGES_A_SECOND = 10
SOCKETS_A_USER = 20

NOT_ALLOWED, TOO_MANY_SOCKETS, TOO_FAST, TOO_BIG, NOT_UNDERSTOOD = 4403, 4429, 4408, 1009, 1007

Positions = dict[str, tuple[int, int]]


class Malformed(Exception):
    """The message is not what interfaces promise."""


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    room_socket: Socket | None = None
    writer: asyncio.Task[None] | None = None
    checks: set[asyncio.Task[None]]
    doubts = 0

    async def connect(self) -> None:
        self.fanout: Fanout = self.scope["fanout"]
        self.checks = set()
        self.allowance, self.counted_at = float(MESSAGES_A_SECOND), time.monotonic()
        user = self.scope["user"]
        if user is None:
            await self.close()
            return
        await self.accept()
        if len(self.fanout.room.of_user(user.pk)) >= SOCKETS_A_USER:
            await self.close(TOO_MANY_SOCKETS, f"More than {SOCKETS_A_USER} open pages.")
            return
        self.room_socket = Socket(user.pk, self._recheck)
        self.fanout.room.enter(self.room_socket)
        self.writer = asyncio.create_task(self._write(self.room_socket))

    async def _write(self, socket: Socket) -> None:
        while True:
            await self.send(text_data=await socket.outbox.take())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.room_socket is None:
            return
        if len(text_data or bytes_data or "") > MOST_INBOUND:
            await self.close(TOO_BIG)
        elif not self._in_time():
            await self.close(TOO_FAST, f"More than {MESSAGES_A_SECOND} messages a second.")
        else:
            await self._obey(self.room_socket, text_data or "")

    def _in_time(self) -> bool:
        now = time.monotonic()
        self.allowance = min(MESSAGES_A_SECOND, self.allowance + (now - self.counted_at) * MESSAGES_A_SECOND) - 1
        self.counted_at = now
        return self.allowance >= 0

    async def _obey(self, socket: Socket, message: str) -> None:
        try:
            joins, leaves, lists = understood(message)
        except Malformed as problem:
            await self.close(NOT_UNDERSTOOD, str(problem))
            return
        socket.wants_lists |= lists
        for topic in leaves:
            self.fanout.room.quiet(socket, topic)
        doubts = self.doubts
        positions = await self._allowed(joins)
        if positions is None:
            await self.close(NOT_ALLOWED)
            return
        socket.offer([frames.text({"kind": "refused", "topic": topic}) for topic in joins if topic not in positions])
        if len(positions.keys() | socket.joins.keys()) > MOST_TOPICS:
            await self.close(NOT_UNDERSTOOD, f"More than {MOST_TOPICS} topics.")
            return
        await self.fanout.join(socket, positions)
        if self.doubts != doubts:
            # A right may have ended between its check and the first frame.
            self._recheck()

    async def _allowed(self, joins: dict[str, int]) -> Positions | None:
        """What of `joins` this person may hear; None when they are not signed in any more."""
        found: Positions | None = await database_sync_to_async(allowed)(dict(self.scope["headers"]), joins)
        return found

    def _recheck(self) -> None:
        self.doubts += 1
        task = asyncio.create_task(self._check_again())
        self.checks.add(task)
        task.add_done_callback(self.checks.discard)

    async def _check_again(self) -> None:
        socket = self.room_socket
        if socket is None:
            return
        # What the page joins meanwhile has its own check.
        asked = set(socket.joins)
        still = await self._allowed(dict.fromkeys(asked, 0))
        if still is None or asked - still.keys():
            # Nothing more reaches this page, even if it is slow to hear that it was closed.
            self.fanout.leave(socket)
            await self._stop_writing()
            await self.close(NOT_ALLOWED)

    async def _stop_writing(self) -> None:
        if self.writer is not None:
            self.writer.cancel()
            await asyncio.gather(self.writer, return_exceptions=True)

    async def disconnect(self, code: int) -> None:
        if self.room_socket is not None:
            self.fanout.leave(self.room_socket)
        for task in (self.writer, *self.checks):
            if task is not None:
                task.cancel()


def allowed(headers: dict[bytes, bytes], joins: dict[str, int]) -> Positions | None:
    user = user_of(headers)
    if user is None:
        return None
    projects = {topic: project_of(topic) for topic in joins if may_listen(user, topic)}
    return {topic: (project, joins[topic]) for topic, project in projects.items() if project is not None}


def understood(message: str) -> tuple[dict[str, int], list[str], bool]:
    """{"join": {topic: position}, "leave": [topic], "lists": true}"""
    try:
        body: Any = json.loads(message)
    except ValueError:
        raise Malformed("Not JSON.") from None
    if not isinstance(body, dict):
        raise Malformed("Not a JSON object.")
    joins, leaves = body.get("join", {}), body.get("leave", [])
    if not isinstance(joins, dict) or not all(type(at) is int and at >= 0 for at in joins.values()):
        raise Malformed("join is an object of topics with positions.")
    if not isinstance(leaves, list) or not all(isinstance(topic, str) for topic in leaves):
        raise Malformed("leave is a list of topics.")
    return joins, leaves, body.get("lists") is True
