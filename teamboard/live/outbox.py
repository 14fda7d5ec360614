"""What waits to be sent to one socket: bounded, so that a slow browser costs nobody but itself."""

import asyncio
from collections import deque
from collections.abc import Sequence

MOST_BYTES = 2_000_000
MOST_MESSAGES = 2_000


class Outbox:
    """One writer takes, the fan-out offers and never waits. On overflow all is dropped for one `reset` message:
    the page then reads itself anew, and frames told after that still follow in order."""

    def __init__(self, reset: str) -> None:
        self._reset = reset
        self._messages: deque[str] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()

    def offer(self, messages: Sequence[str]) -> None:
        self._messages.extend(messages)
        self._bytes += sum(map(len, messages))
        if self._bytes > MOST_BYTES or len(self._messages) > MOST_MESSAGES:
            self._messages = deque([self._reset])
            self._bytes = len(self._reset)
        self._filled.set()

    async def take(self) -> str:
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()
        message = self._messages.popleft()
        self._bytes -= len(message)
        return message
