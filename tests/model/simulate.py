"""Thousands of worlds by seed: `python -m tests.model.simulate --seed N` replays one, `--seeds N --first M` runs many.

Everything that happens follows from the seed: who acts, which process dies or stands still where, which message is
lost, doubled or late.
"""

import argparse
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.model.world import World

STEPS = 6
SOAK = int(os.environ.get("SIMULATED_SEEDS", "10000"))
PAUSES = ("dies", "dies", "slow", "stopped")


def play(seed: int, image: bytes) -> "World":
    """One world from its beginning to its rest."""
    from tests.model.grounds import Memory
    from tests.model.people import FIRST
    from tests.model.world import World

    dice = Random(seed)
    world = World(Memory(FIRST, checked_out=dice.random() < 0.5), image, dice=dice)
    with world.entered():
        begin(world)
        for _ in range(STEPS):
            deed(world)()
        world.end()
    return world


def begin(world: "World") -> None:
    """Something to do, so that short worlds are not empty ones."""
    if world.dice.random() < 0.7:
        if dice_says_removal := world.dice.random() < 0.2:
            world.propose_removal()
        change = world.changes()[0] if dice_says_removal else world.propose("a.txt", "a1")
        world.view(change, world.ada)
        world.approve(change, world.ada)
    if world.dice.random() < 0.35:
        world.start()


def deed(world: "World", depth: int = 0) -> Callable[[], object]:
    """What happens next; some of it is interrupted."""
    dice = world.dice
    doings = people(world) + workers(world) * (2 if depth == 0 else 1)
    chosen = dice.choice(doings)
    if depth == 0 and dice.random() < 0.4:
        world.interruptions = [interruption(world)]
    return chosen


def interruption(world: "World") -> object:
    from tests.model.world import Interruption

    dice = world.dice
    kind = dice.choice(PAUSES)

    def meanwhile() -> None:
        if kind == "stopped" and dice.random() < 0.7:
            world.pass_time(40)
            world.sweep()
        for _ in range(dice.choice((1, 1, 2))):
            deed(world, 1)()

    world.deaths_seen = dice.random() < 0.5
    return Interruption("", dice.randint(1, 10), kind, meanwhile)


def people(world: "World") -> list[Callable[[], object]]:
    dice, number = world.dice, len(world.seen) + sum(world.seen.values())
    found: list[Callable[[], object]] = [
        lambda: world.hand(dice.choice("abc") + ".txt", f"h{number}"),
        lambda: world.pass_time(dice.choice((1, 5, 12, 40))),
        lambda: world.jump(dice.choice((-1, 1))),
        world.unfreeze if world.frozen else world.freeze,
        lambda: world.redefine(dice.choice(("one", "two"))),
        lambda: world.ground.own("c.txt"),
    ]
    changes = world.changes()
    if len(changes) < 2:
        found.append(world.propose_removal)
        found += [lambda: world.propose(dice.choice("abc") + ".txt", f"p{number}")] * 3
    for change in changes:
        found += on_change(world, change)
    found += [lambda entry=entry: world.withdraw(entry) for entry in world.live()[:1]]  # type: ignore[misc]
    return found + on_runs(world)


def on_change(world: "World", change: object) -> list[Callable[[], object]]:
    dice = world.dice
    who = dice.choice((world.ada, world.bea))

    def look_and_approve() -> None:
        world.view(change, who, whole=dice.random() < 0.8)  # type: ignore[arg-type]
        world.approve(change, who)  # type: ignore[arg-type]

    return [
        look_and_approve,
        look_and_approve,
        lambda: world.approve(change, world.ada, dice.choice(((), ("threads",), ("shown:a.txt",)))),  # type: ignore[arg-type]
        lambda: world.push(change, dice.choice(("rework", "reword", "rebase", "rebase"))),  # type: ignore[arg-type]
        lambda: world.object(change, dice.choice((-1, 0))),  # type: ignore[arg-type]
        lambda: dice.choice((world.discuss, world.settle_talk))(change),  # type: ignore[arg-type]
        lambda: world.requeue(change),  # type: ignore[arg-type]
    ]


def on_runs(world: "World") -> list[Callable[[], object]]:
    from teamboard.runs.models import Question, Run
    from teamboard.runs.states import FINAL_RUN

    found: list[Callable[[], object]] = []
    live = Run.objects.exclude(state__in=FINAL_RUN).first()
    if live is None:
        return [world.start]
    questions = Question.objects.filter(state="open")[:1]
    found += [lambda question=question: world.answer(question) for question in questions]  # type: ignore[misc]
    if world.dice.random() < 0.2:
        found.append(lambda: world.stop(live))
    return found


def workers(world: "World") -> list[Callable[[], object]]:
    from teamboard.runs.queries import due_steps

    dice = world.dice
    found: list[Callable[[], object]] = [
        world.tick,
        world.tick,
        world.sweep,
        world.follow,
        world.deliver,
        world.deliver,
    ]
    for step in due_steps(2):
        found += [lambda step=step: world.work(step)] * 2  # type: ignore[misc]
    for check in world.due_checks()[:2]:
        verdict = "success" if dice.random() < 0.85 else "failure"
        found += [lambda check=check, verdict=verdict: world.check(check, verdict)] * 2  # type: ignore[misc]
    return found


def many(first: int, count: int, *, image: bytes, report: Callable[[str], object] = print, whole: bool = False) -> int:
    """Run them all; the number of those that failed. Prints each failing seed with the command that replays it.

    `whole`: a labelled point that no world has reached, died at and been overtaken at is a failure too.
    """
    from teamboard.lib.killpoints import LABELS

    seen: Counter[str] = Counter()
    points: Counter[str] = Counter()
    failed, began = 0, time.perf_counter()
    gc.collect()
    gc.disable()  # the rows of a world are small, and looking for rings among them takes a fifth of the time
    for seed in range(first, first + count):
        if seed % 50 == 0:
            gc.collect()
        try:
            world = play(seed, image)
        except Exception as error:
            failed += 1
            report(f"seed {seed}: {type(error).__name__}: {error}")
            report(f"  python -m tests.model.simulate --seed {seed}")
            continue
        seen += world.seen
        points += world.points
    gc.enable()
    took = time.perf_counter() - began
    report(f"{count} worlds in {took:.1f} s, {failed} failed")
    report("seen: " + ", ".join(f"{name} {times}" for name, times in sorted(seen.items()) if " at " not in name))
    missed = [label for label in LABELS if not points[label]]
    died = [label for label in LABELS if seen[f"dies at {label}"]]
    paused = [label for label in LABELS if seen[f"slow at {label}"] + seen[f"stopped at {label}"]]
    report(f"effect points reached {len(LABELS) - len(missed)} of {len(LABELS)}, died at {len(died)}, ")
    report(f"overtaken at {len(paused)}" + (f"; never reached: {', '.join(missed)}" if missed else ""))
    if whole:
        failed += len(missed) + 2 * len(LABELS) - len(died) - len(paused)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.model.simulate", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this one, with its traceback")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=2000)
    given = parser.parse_args()
    os.environ["DATABASE_URL"] = "sqlite://:memory:"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from tests.model import memory_database, people

    memory_database.prepared(people.cast)
    if given.seed is not None:
        play(given.seed, memory_database.snapshot())
        return 0
    return 1 if many(given.first, given.seeds, image=memory_database.snapshot()) else 0


if __name__ == "__main__":
    sys.exit(main())
