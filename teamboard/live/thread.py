"""The one thread of a web process in which the fan-out reads the log and draws what it hands out."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections

SLOW_SECONDS = 3.0

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="live-fanout")

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self.submit(call, *args, **kwargs))

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._pool.submit(_watched, partial(call, *args, **kwargs))

    def stop(self) -> None:
        self._pool.submit(connections.close_all)
        self._pool.shutdown()


def _watched(call: "partial[T]") -> T:
    began = time.monotonic()
    try:
        return call()
    except Exception:
        # The connection stays open between calls; after an error it is not to be trusted.
        connections.close_all()
        raise
    finally:
        if (took := time.monotonic() - began) > SLOW_SECONDS:
            log.warning("all pages waited %.1f s for %s%r", took, call.func.__name__, call.args)
