"""Tell the web processes that there is something to read. A doorbell: never waited for, never the truth (D23)."""

import atexit
import json
import logging
import os
import queue
import threading
import time
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from teamboard.events.bus import Logged

FACTS, OUTPUT, CONTROL = "teamboard:facts", "teamboard:output", "teamboard:control"
SOCKET_SECONDS = 0.2
QUIET_SECONDS = 10
WAITING = 10_000

log = logging.getLogger(__name__)
Message = tuple[str, dict[str, Any]]


class Publisher:
    """One thread and one bounded queue for one process; what does not fit is dropped, for readers also poll."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._queue: queue.Queue[Message] = queue.Queue(WAITING)
        self._complained = -float(QUIET_SECONDS)
        self._redis = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        threading.Thread(target=self._run, name="live-relay", daemon=True).start()

    def put(self, message: Message) -> None:
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            self._complain("the queue of live messages is full")

    def flush(self, seconds: float) -> None:
        """Wait a moment for what is on its way, for commands that end at once."""
        until = time.monotonic() + seconds
        while self._queue.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.005)

    def _run(self) -> None:
        while True:
            messages = [self._queue.get()]
            while not self._queue.empty() and len(messages) < WAITING:
                messages.append(self._queue.get_nowait())
            try:
                self._send(messages)
            except (redis.RedisError, OSError) as error:
                self._complain(f"live messages are not delivered, pages poll instead: {error}")
            finally:
                for _ in messages:
                    self._queue.task_done()

    def _send(self, messages: list[Message]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for channel, body in joined(messages):
            pipe.publish(channel, json.dumps(body, separators=(",", ":")))
        pipe.execute()

    def _complain(self, sentence: str) -> None:
        if time.monotonic() - self._complained >= QUIET_SECONDS:
            self._complained = time.monotonic()
            log.warning(sentence)


def joined(messages: list[Message]) -> list[Message]:
    """The highest position of each project and run, and every control message."""
    highest: dict[tuple[str, int], Message] = {}
    control: list[Message] = []
    for channel, body in messages:
        if channel == CONTROL:
            control.append((channel, body))
            continue
        name, mark = ("project", "up_to") if channel == FACTS else ("run", "offset")
        known = highest.get((channel, body[name]))
        if known is None or known[1][mark] < body[mark]:
            highest[channel, body[name]] = (channel, body)
    return [*highest.values(), *control]


_publisher: Publisher | None = None
_making = threading.Lock()


def _tell(channel: str, body: dict[str, Any]) -> None:
    global _publisher
    with _making:
        # A forked worker has the object but not the thread.
        if _publisher is None or _publisher.pid != os.getpid():
            _publisher = Publisher()
    _publisher.put((channel, body))


def tell(logged: Logged) -> None:
    """The bus's subscriber: the project's log has grown."""
    _tell(FACTS, {"project": logged.project, "up_to": logged.seq})


def output(run: int, offset: int) -> None:
    """The output file of a run has grown to `offset` bytes."""
    _tell(OUTPUT, {"run": run, "offset": offset})


def control(message: dict[str, Any]) -> None:
    """{"user": 3}: look again whether this person's sockets may stay open (signed out, role changed, token revoked)."""
    _tell(CONTROL, message)


def flush(seconds: float = 0.3) -> None:
    if _publisher is not None and _publisher.pid == os.getpid():
        _publisher.flush(seconds)


def restart() -> None:
    """Begin anew with the settings as they are now."""
    global _publisher
    flush()
    _publisher = None


atexit.register(flush)
