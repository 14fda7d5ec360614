"""What happens to a page while its join, or the check of its rights, waits for the database."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from teamboard.accounts.models import User
from teamboard.board.models import Membership, Task
from teamboard.events import bus
from teamboard.events.catalogue import MemberChanged
from teamboard.live import relay
from teamboard.live.consumers import NOT_ALLOWED, LiveConsumer
from teamboard.live.fanout import Fanout
from teamboard.live.room import Socket
from teamboard.parts import registry
from tests import factories
from tests.live.conftest import session_of
from tests.live.telling import rename


class Loop:
    """A fan-out and sockets in a loop of their own; the loop stands still while the test writes."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.fanout = runner.run(self._made())

    async def _made(self) -> Fanout:
        fanout = Fanout(beat_seconds=0.01)
        await fanout.watch_people()
        return fanout

    def socket(self, recheck: Callable[[], None] = lambda: None) -> Socket:
        socket = Socket(factories.ada().pk, recheck)
        self.fanout.room.enter(socket)
        return socket

    def looks(self) -> None:
        """What the fan-out does each second by itself."""

        async def look() -> None:
            await self.fanout._look()
            await self.fanout._hand_out_grown()

        self.runner.run(look())

    @contextmanager
    def held(self) -> Iterator[None]:
        """The fan-out's thread is busy with something else."""
        free = threading.Event()
        self.fanout._in_thread.submit(free.wait)
        yield
        free.set()


@pytest.fixture
def loop(transactional_db) -> Iterator[Loop]:
    registry.load()
    with asyncio.Runner() as runner:
        one = Loop(runner)
        yield one
        runner.run(one.fanout.stop())


@pytest.fixture
def task(transactional_db) -> Task:
    return factories.task(factories.project())


def heard(socket: Socket) -> list[dict]:
    found = [json.loads(text) for text in socket.outbox._messages]
    socket.outbox._messages.clear()
    return [frame for frame in found if frame["kind"] != "beat"]


async def passes() -> None:
    """Everything that can go on without the held thread goes on."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_page_that_leaves_takes_nothing_from_one_that_is_joining(loop: Loop, task: Task) -> None:
    topic, at = f"task.{task.pk}", {f"task.{task.pk}": (task.project_id, 0)}
    rename(task, "Missed")
    leaving, joining = loop.socket(), loop.socket()

    async def meet() -> None:
        await loop.fanout.join(leaving, at)
        with loop.held():
            join = asyncio.create_task(loop.fanout.join(joining, at))
            await passes()
            loop.fanout.leave(leaving)
        await join

    loop.runner.run(meet())
    assert {frame["topic"] for frame in heard(joining)} == {topic}
    rename(task, "New")
    loop.looks()
    assert "New" in json.dumps(heard(joining))


def test_a_page_that_waits_for_its_turn_hears_that_the_board_is_there(loop: Loop, task: Task) -> None:
    page = loop.socket()

    async def meet() -> str:
        breathing = asyncio.create_task(loop.fanout._breathe())
        with loop.held():
            join = asyncio.create_task(loop.fanout.join(page, {f"task.{task.pk}": (task.project_id, 0)}))
            sign = await page.outbox.take()
        await join
        breathing.cancel()
        return sign

    assert json.loads(loop.runner.run(meet()))["at"] == {}


def test_what_a_page_listens_to_is_handed_out_when_it_rings(loop: Loop, task: Task) -> None:
    page = loop.socket()
    loop.runner.run(loop.fanout.join(page, {f"task.{task.pk}": (task.project_id, 0)}))
    seq = rename(task, "Rung")
    loop.fanout._heard(relay.FACTS, {"project": task.project_id, "up_to": seq})
    loop.runner.run(loop.fanout._hand_out_grown())
    assert "Rung" in json.dumps(heard(page))


def test_a_changed_member_is_looked_at_again_as_soon_as_the_log_says_so(loop: Loop, task: Task) -> None:
    looked: list[str] = []
    page = loop.socket(recheck=lambda: looked.append("again"))
    loop.runner.run(loop.fanout.join(page, {f"task.{task.pk}": (task.project_id, 0)}))
    with transaction.atomic():
        bus.publish(MemberChanged(project=task.project_id, user=page.user))
    loop.looks()
    assert looked == ["again"]


def test_a_log_that_nobody_listens_to_any_more_is_forgotten_and_found_again(loop: Loop, task: Task) -> None:
    at = {f"task.{task.pk}": (task.project_id, 0)}
    first, second = loop.socket(), loop.socket()
    loop.runner.run(loop.fanout.join(first, at))
    loop.fanout.leave(first)
    loop.looks()
    assert task.project_id not in loop.fanout._logs
    rename(task, "Meanwhile")
    loop.runner.run(loop.fanout.join(second, at))
    assert "Meanwhile" in json.dumps(heard(second))


def test_a_page_that_has_seen_more_than_was_told_yet_is_not_told_it_again_later(loop: Loop, task: Task) -> None:
    early, late = loop.socket(), loop.socket()
    loop.runner.run(loop.fanout.join(early, {f"task.{task.pk}": (task.project_id, 0)}))
    seen = rename(task, "Seen on load")
    loop.runner.run(loop.fanout.join(late, {f"task.{task.pk}": (task.project_id, seen)}))
    loop.looks()
    assert "Seen on load" in json.dumps(heard(early))
    assert heard(late) == []


def test_a_page_from_before_the_board_was_put_back_reads_itself_anew(loop: Loop, task: Task) -> None:
    now = rename(task, "As it is")
    page = loop.socket()
    loop.runner.run(loop.fanout.join(page, {f"task.{task.pk}": (task.project_id, now + 7)}))
    assert heard(page) == [{"kind": "reset", "topic": f"task.{task.pk}", "seq": now}]


class Page:
    """One socket's consumer with what it was told to send."""

    def __init__(self, loop: Loop, user: User) -> None:
        self.sent: list[dict] = []
        self.consumer = LiveConsumer()
        self.consumer.scope = {"headers": [(b"cookie", session_of(user).encode())]}
        self.consumer.fanout, self.consumer.checks = loop.fanout, set()
        self.consumer.base_send = self._sent
        self.socket = self.consumer.room_socket = loop.socket()

    async def _sent(self, message: dict) -> None:
        self.sent.append(message)


def test_a_page_that_joins_while_its_rights_are_looked_at_again_stays(loop: Loop, task: Task) -> None:
    page, free = Page(loop, factories.ada()), threading.Event()

    async def meet() -> None:
        held = asyncio.create_task(sync_to_async(free.wait)())
        await passes()
        page.consumer._recheck()
        await passes()
        await loop.fanout.join(page.socket, {f"task.{task.pk}": (task.project_id, 0)})
        free.set()
        await asyncio.gather(held, *page.consumer.checks)

    loop.runner.run(meet())
    assert page.sent == []
    assert page.socket in loop.fanout.room.sockets


def test_a_right_that_ends_while_its_page_is_joining_closes_the_page(loop: Loop, task: Task) -> None:
    page = Page(loop, factories.rui(task.project))

    async def meet() -> None:
        with loop.held():
            join = asyncio.create_task(page.consumer._obey(page.socket, json.dumps({"join": {f"task.{task.pk}": 0}})))
            while not loop.fanout._turn.locked():
                await asyncio.sleep(0.01)
            await sync_to_async(Membership.objects.all().delete)()
            page.consumer._recheck()
            await asyncio.gather(*page.consumer.checks)
        await join
        await asyncio.gather(*page.consumer.checks)

    loop.runner.run(meet())
    assert [message["code"] for message in page.sent] == [NOT_ALLOWED]
    assert page.socket not in loop.fanout.room.sockets
