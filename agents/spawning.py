"""One thread that lives as long as this process; every child is started from it.

--die-with-parent follows the thread that forked, not the process: a child started from a task's thread would die with
that task.
"""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class _Spawner:
    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="spawner", daemon=True).start()

    def call(self, order: Callable[[], Answer]) -> Answer:
        future: Future[Answer] = Future()
        self._orders.put((order, future))
        return future.result()

    def _serve(self) -> None:
        while True:
            order, future = self._orders.get()
            try:
                future.set_result(order())
            except BaseException as problem:  # handed to the caller, who raises it
                future.set_exception(problem)


_spawner: _Spawner | None = None
_lock = threading.Lock()


def call(order: Callable[[], Answer]) -> Answer:
    """Run it on the thread and wait for what it returns or raises."""
    global _spawner
    with _lock:
        if _spawner is None:
            _spawner = _Spawner()
    return _spawner.call(order)


def _forget() -> None:
    """A forked worker has the object but not the thread."""
    global _spawner, _lock
    _spawner, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
