"""One reader of the log per web process: woken by Redis or by its own clock, it renders once and hands out to all.

Order is the log's and gaps are impossible, because what is sent is read from the log (D23). Joins take turns with
the reading, so that nothing falls between what a socket is caught up with and what it is told live.
"""

import asyncio
import itertools
import json
import logging
from collections import defaultdict
from typing import Any

import redis.asyncio
from django.conf import settings

from teamboard.live import frames, output, presence, reader, relay
from teamboard.live.frames import Ready
from teamboard.live.room import Room, Socket
from teamboard.live.thread import DatabaseThread
from teamboard.live.topics import kind_of
from teamboard.parts import registry
from teamboard.runs import workers

TICK_SECONDS = 0.01
POLL_SECONDS = 1.0
BEAT_SECONDS = 5.0
BEATS_OF_TRUST = 6
INSTANCE_LOG = 0
# A page that missed more facts than this reads itself anew: cheaper than telling it.
TOO_MANY = 300

log = logging.getLogger(__name__)


def run_of(topic: str) -> int | None:
    return int(topic.partition(".")[2]) if kind_of(topic) == "run" else None


class Fanout:
    def __init__(self, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self.room = Room()
        self._beat_seconds = beat_seconds
        self._trouble = ""
        # How far each log and each output file has been handed out.
        self._logs: dict[int, int] = {}
        self._outputs: dict[int, int] = {}
        self._grown_logs: set[int] = set()
        self._grown_outputs: set[int] = set()
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._in_thread = DatabaseThread()
        self._looking = presence.Presence(self.room, self._draw_people)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        if not self._tasks:
            registry.load()
            loops = (self._listen, self._poll, self._pump, self._beat, self._breathe, self._looking.run)
            self._tasks = [asyncio.create_task(loop(), name=f"live {loop.__name__}") for loop in loops]

    async def _draw_people(self, people: frozenset[int]) -> str:
        return await self._in_thread(presence.draw, people)

    async def watch_people(self) -> None:
        """Before anybody is let in: from here on nobody who loses a right is overlooked."""
        if INSTANCE_LOG not in self._logs:
            async with self._turn:
                await self._know({INSTANCE_LOG})

    async def _know(self, projects: set[int]) -> None:
        new = projects - self._logs.keys()
        if new:
            self._logs |= dict.fromkeys(new, 0) | await self._in_thread(reader.heads, list(new))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._in_thread.stop()

    # Joining

    async def join(self, socket: Socket, positions: dict[str, tuple[int, int]]) -> None:
        """`positions`: topic -> (its project, what the page has seen). Sends what is missing, then listens."""
        async with self._turn:
            await self._know({project for project, _ in positions.values()})
            together: dict[tuple[int, int], list[str]] = defaultdict(list)
            for topic, place in positions.items():
                if run := run_of(topic):
                    socket.offer(await self._missed_output(topic, run, place[1]))
                    self.room.listen(socket, topic, place[0])
                else:
                    together[place].append(topic)
            for (project, seen), topics in together.items():
                socket.offer(await self._missed_facts(project, seen, topics))
                for topic in topics:
                    self.room.listen(socket, topic, project)
            # From here on the page may say that it is live.
            socket.offer([self._beat_for(socket)])

    async def _missed_facts(self, project: int, seen: int, topics: list[str]) -> list[str]:
        if seen > self._logs[project]:
            await self._advance_log(project)
        now = self._logs[project]
        if seen == now:
            return []
        # Ahead of the log is a page from before the database was put back to an earlier state.
        if seen > now or now - seen > TOO_MANY:
            return [frames.reset(topic, now) for topic in topics]
        batch = await self._in_thread(reader.read, project, seen, frozenset(topics))
        return [frame.text for frame in batch.ready]

    async def _missed_output(self, topic: str, run: int, seen: int) -> list[str]:
        now = await self._in_thread(output.complete, run)
        self._outputs.setdefault(run, now)
        await self._advance_output(run, now)
        now = self._outputs[run]
        if now - seen > output.TOO_MUCH or seen > now:
            return [frames.reset(topic, now)]
        stretch = await self._in_thread(output.stretch, run, seen, now - seen)
        return [frames.lines(topic, seen, stretch.end, stretch.rows)] if stretch.end > seen else []

    def leave(self, socket: Socket) -> None:
        self.room.leave(socket)

    def _forget_the_unheard(self) -> None:
        """Only in a turn: a join in between knows its logs already and is not listening yet."""
        topics = self.room.all_topics()
        runs, projects = {run_of(topic) for topic in topics}, {INSTANCE_LOG, *topics.values()}
        self._logs = {project: seq for project, seq in self._logs.items() if project in projects}
        self._outputs = {run: offset for run, offset in self._outputs.items() if run in runs}

    # Being woken

    async def _listen(self) -> None:
        said = ""
        while True:
            try:
                await self._subscribed()
            except (redis.RedisError, OSError) as error:
                # Pages go on by the clock; the same trouble is told once.
                if str(error) != said:
                    said = str(error)
                    log.warning("no live messages from Redis, pages poll instead: %s", error)
            except Exception:
                log.exception("a live message made no sense; listening again")
            await asyncio.sleep(POLL_SECONDS)

    async def _subscribed(self) -> None:
        client = redis.asyncio.from_url(settings.REDIS_URL, socket_timeout=None)
        async with client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(relay.FACTS, relay.OUTPUT, relay.CONTROL)
            async for message in pubsub.listen():
                self._heard(message["channel"].decode(), json.loads(message["data"]))

    def _heard(self, channel: str, body: dict[str, Any]) -> None:
        if channel == relay.FACTS and body["up_to"] > self._logs.get(body["project"], body["up_to"]):
            self._grown_logs.add(body["project"])
            self._wake.set()
        elif channel == relay.OUTPUT and body["offset"] > self._outputs.get(body["run"], body["offset"]):
            self._grown_outputs.add(body["run"])
            self._wake.set()
        elif channel == relay.CONTROL and "user" in body:
            self._recheck({body["user"]})

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look()
            except Exception:
                log.exception("the logs could not be looked at; trying again")

    async def _look(self) -> None:
        async with self._turn:
            self._forget_the_unheard()
            heads = await self._in_thread(reader.heads, list(self._logs))
            for project, known in list(self._logs.items()):
                if heads.get(project, 0) < known:
                    self._began_anew(project, heads.get(project, 0))
            for run, known in list(self._outputs.items()):
                if output.size(run) < known:
                    self._written_anew(run)
        self._grown_logs |= {project for project, seq in heads.items() if seq > self._logs.get(project, seq)}
        self._grown_outputs |= {run for run, offset in self._outputs.items() if output.size(run) > offset}
        if self._grown_logs or self._grown_outputs:
            self._wake.set()

    def _began_anew(self, project: int, seq: int) -> None:
        """A log that is shorter than what was told from it: the database was put back to an earlier state."""
        self._logs[project] = seq
        self.room.hand_out(Ready(topic, frames.reset(topic, seq)) for topic in self.room.topics(project))
        self._recheck({socket.user for socket in self.room.sockets})

    def _written_anew(self, run: int) -> None:
        """A file that is shorter than what was told from it was put back too."""
        self._outputs[run] = output.complete(run)
        self.room.hand_out([Ready(f"run.{run}", frames.reset(f"run.{run}", self._outputs[run]))])

    # Handing out

    async def _pump(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                async with self._turn:
                    await self._hand_out_grown()
            except Exception:
                log.exception("handing out failed; the next look at the logs repeats it")
            # What comes in meanwhile is handed out together.
            await asyncio.sleep(TICK_SECONDS)

    async def _hand_out_grown(self) -> None:
        logs, self._grown_logs = self._grown_logs, set()
        outputs, self._grown_outputs = self._grown_outputs, set()
        for project in logs & self._logs.keys():
            await self._advance_log(project)
        for run in outputs & self._outputs.keys():
            await self._advance_output(run, await self._in_thread(output.complete, run))

    async def _advance_log(self, project: int) -> None:
        more = True
        while more and project in self._logs:
            topics = self.room.topics(project)
            batch = await self._in_thread(reader.read, project, self._logs[project], topics)
            self.room.hand_out(batch.ready)
            self._logs[project], more = batch.position, batch.more
            if batch.members:
                self._looking.redraw()
            self._recheck(batch.members)

    async def _advance_output(self, run: int, end: int) -> None:
        topic = f"run.{run}"
        if end - self._outputs[run] > output.TOO_MUCH:
            self._outputs[run] = end
            self.room.hand_out([Ready(topic, frames.reset(topic, end))])
        while run in self._outputs and self._outputs[run] < end:
            stretch = await self._in_thread(output.stretch, run, self._outputs[run])
            if stretch.end == stretch.start:
                return
            self._outputs[run] = stretch.end
            self.room.hand_out([Ready(topic, frames.lines(topic, stretch.start, stretch.end, stretch.rows))])

    async def _beat(self) -> None:
        for number in itertools.count():
            await asyncio.sleep(self._beat_seconds)
            self._recheck_some(number)
            self._trouble = await self._standing_still()
            async with self._turn:
                for socket in self.room.sockets:
                    socket.offer([self._beat_for(socket)])

    async def _breathe(self) -> None:
        """The turn may be long when there is much to show; a page that hears this does not give the board up."""
        while True:
            await asyncio.sleep(self._beat_seconds)
            if self._turn.locked():
                for socket in self.room.sockets:
                    socket.offer([frames.text({"kind": "beat", "at": {}, "trouble": self._trouble})])

    def _beat_for(self, socket: Socket) -> str:
        at = {topic: self._position(topic, project) for topic, project in socket.joins.items()}
        return frames.text({"kind": "beat", "at": at, "trouble": self._trouble})

    async def _standing_still(self) -> str:
        """Pages say when nobody works on anything. Where the database does not answer this is not known."""
        try:
            return await self._in_thread(workers.silence) if self.room.sockets else ""
        except Exception:
            log.warning("whether workers live is not known", exc_info=True)
            return ""

    def _position(self, topic: str, project: int) -> int:
        run = run_of(topic)
        return self._outputs.get(run, 0) if run else self._logs.get(project, 0)

    def _recheck_some(self, number: int) -> None:
        """A session can end without a fact; each socket is looked at again once in so many beats."""
        for socket in list(self.room.sockets):
            if socket.number % BEATS_OF_TRUST == number % BEATS_OF_TRUST:
                socket.recheck()

    def _recheck(self, users: set[int]) -> None:
        for user in users:
            for socket in self.room.of_user(user):
                socket.recheck()
