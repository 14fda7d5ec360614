"""The real scheduler, gate and sweeper in worlds made from seeds, all faults at once."""

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from tests.model import simulate, world

pytestmark = pytest.mark.django_db(transaction=True)


def say_and_keep(said: list[str]) -> Callable[[str], None]:
    def report(line: str) -> None:
        print(line)
        said.append(line)

    return report


@pytest.mark.parametrize("first", [0, 60])
def test_no_seed_loses_a_step_or_lands_what_was_not_approved(first: int, image: bytes) -> None:
    said: list[str] = []
    assert simulate.many(first, 60, image=image, report=say_and_keep(said)) == 0, "\n".join(said)


@pytest.mark.soak
def test_many_seeds_and_every_effect_point(image: bytes) -> None:
    """Each labelled point is reached, and at each a process has died and one was overtaken."""
    said: list[str] = []
    assert simulate.many(0, simulate.SOAK, image=image, report=say_and_keep(said), whole=True) == 0, "\n".join(said)


def test_a_seed_replays_the_same_world(image: bytes) -> None:
    one, two = (simulate.play(7, image) for _ in range(2))
    assert (one.seen, one.points, one.moves) == (two.seen, two.points, two.moves)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_kept_sql_makes_no_other_world(seed: int, image: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = simulate.play(seed, image)
    monkeypatch.setattr(world, "kept", nullcontext)
    slow = simulate.play(seed, image)
    assert (quick.seen, quick.points, quick.moves) == (slow.seen, slow.points, slow.moves)
