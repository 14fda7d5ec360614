"""The whole board as one ASGI application: guard, pages, sockets, and the fan-out's life."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from teamboard.live.auth import SocketUser
from teamboard.live.consumers import LiveConsumer
from teamboard.live.fanout import BEAT_SECONDS, Fanout
from teamboard.live.guard import App, OriginGuard, Receive, Scope, Send
from teamboard.runs.workers import Heartbeat


def application(http_app: Any, *, beat_seconds: float = BEAT_SECONDS, heartbeat: Heartbeat | None = None) -> App:
    sockets = SocketUser(URLRouter([path("ws/", LiveConsumer.as_asgi())]))
    doors = ProtocolTypeRouter({"http": http_app, "websocket": sockets})
    return OriginGuard(WithFanout(doors, beat_seconds, heartbeat))


class WithFanout:
    """One fan-out for each event loop, from the server's start, or the first socket, to the server's end."""

    def __init__(self, app: Any, beat_seconds: float, heartbeat: Heartbeat | None) -> None:
        self.app = app
        self.heartbeat = heartbeat
        self.beat_seconds = beat_seconds
        self._fanouts: WeakKeyDictionary[asyncio.AbstractEventLoop, Fanout] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            fanout = await self._fanout()
            await fanout.watch_people()
            await self.app({**scope, "fanout": fanout}, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _fanout(self) -> Fanout:
        loop = asyncio.get_running_loop()
        if loop not in self._fanouts:
            self._fanouts[loop] = Fanout(beat_seconds=self.beat_seconds)
        await self._fanouts[loop].start()
        return self._fanouts[loop]

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        fanout = await self._fanout()
        if self.heartbeat:
            self.heartbeat.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self.heartbeat:
            await asyncio.to_thread(self.heartbeat.stop)
        await fanout.stop()
        del self._fanouts[asyncio.get_running_loop()]
        await send({"type": "lifespan.shutdown.complete"})
