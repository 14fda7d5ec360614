"""What both state machines have: one world, entered at the start, brought to rest at the end."""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from tests.model.grounds import Ground, Memory
from tests.model.people import FIRST
from tests.model.world import World


def in_memory() -> Ground:
    return Memory(FIRST, checked_out=True)


class Board(RuleBasedStateMachine):
    """What both have: one world, entered at the start, brought to rest at the end."""

    image: ClassVar[bytes] = b""
    ground: ClassVar[Callable[[], Ground]] = staticmethod(in_memory)
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world = World(type(self).ground(), self.image)
        self.inside = self.world.entered()
        self.inside.__enter__()
        self.number = 0

    def teardown(self) -> None:
        try:
            self.world.end()
        finally:
            self.leave()

    def leave(self) -> None:
        self.inside.__exit__(None, None, None)
        self.world.ground.close()
        type(self).seen.update(self.world.seen)

    def some(self, which: int) -> Any:
        changes = self.world.changes()
        return changes[which % len(changes)]

    def word(self) -> str:
        self.number += 1
        return f"{self.number}"
