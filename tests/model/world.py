"""A board with its people, workers and repository, in one thread: the real actions, merger, executor and sweeper.

Interleaving happens at the labelled points: there a process may die, or stand still while others go on.
"""

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection

from teamboard.accounts.models import User
from teamboard.board.models import Project
from teamboard.gate.models import QueueEntry
from teamboard.gate.states import LIVE
from teamboard.git.stores import StoreBusy
from teamboard.lib.statemachine import IllegalMove, StaleState
from teamboard.pipeline import checks, executor, merger, projects, sweeper, tasks
from teamboard.pipeline.trial import Verdict
from teamboard.reviews.models import Change, CheckRun, PatchSet
from teamboard.runs.models import Step
from tests.model import memory_database, oracles, plugins
from tests.model.grounds import BEGIN, Ground, Move
from tests.model.kept_sql import kept
from tests.model.people import Approved, People
from tests.model.ports import inhabit

logging.getLogger("teamboard").setLevel(logging.CRITICAL)


class Killed(BaseException):
    """SIGKILL: nothing that the code could catch."""


@dataclass
class Interruption:
    """What happens to whoever reaches `label` ("": any) for the `nth` time from now."""

    label: str
    nth: int = 1
    # dies; "slow": its lease is renewed meanwhile; "stopped": it is not (SIGSTOP)
    kind: str = "dies"
    deed: Callable[[], object] = lambda: None


@dataclass
class Beating:
    """A keeper of the worker that started it."""

    keeper: Any
    worker: str
    stopped: bool = False


class World(People):
    """One project. `seen` counts the interesting things that were reached."""

    def __init__(self, ground: Ground, image: bytes, *, dice: Random | None = None) -> None:
        self.ground, self.dice = ground, dice or Random(0)
        self.clock = BEGIN + timedelta(hours=1)
        self.plugins = plugins.table(self)
        self.seen: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self.queue: list[tuple[str, int]] = []
        self.stack: list[str] = ["w0"]
        self.born, self.dead, self.deaths_seen = 0, set[str](), True
        self.beating: list[Beating] = []
        self.interruptions: list[Interruption] = []
        self.approved: list[Approved] = []
        self.intents: set[tuple[str, str]] = set()
        self.green: set[tuple[str, str]] = set()
        self.holder: dict[tuple[str, int], tuple[str, int]] = {}
        self.looked_at = {}
        self.shown = {}
        self.verdict = "success"
        self.moves: list[Move] = []
        ground.listen(self.moved)
        oracles.found.clear()
        memory_database.restore(image)
        Project.objects.update(upstream=ground.location, head_sha=ground.main())
        self.project = Project.objects.get()
        self.ada, self.bea = User.objects.get(username="ada"), User.objects.get(username="bea")
        self.rui = User.objects.get(username="rui")

    # The outside (ports.py)

    def now(self) -> datetime:
        return self.clock

    def worker(self) -> str:
        return self.stack[-1]

    def is_dead(self, owner: str) -> bool:
        return self.deaths_seen and owner in self.dead

    def start_beating(self, keeper: Any) -> None:
        self.beating.append(Beating(keeper, self.worker()))

    def ring(self, name: str, pk: int) -> None:
        if len(self.queue) < 60:
            self.queue.append((name, pk))

    def run_check(
        self, project: object, body: Any, name: str, commit: str, space: object, watch: Any, **more: object
    ) -> Verdict:
        watch()
        return Verdict(self.verdict)

    def reached(self, label: str) -> None:
        assert not connection.in_atomic_block, f"{label} lies in a transaction"
        self.points[label] += 1
        oracles.at(self, label)
        for interruption in self.interruptions:
            if interruption.label in ("", label):
                interruption.nth -= 1
                if interruption.nth == 0:
                    self.interruptions.remove(interruption)
                    self._interrupt(interruption, label)
                    return

    def moved(self, move: Move) -> None:
        self.moves.append(move)
        if move[2] == "board":
            oracles.move(self, *move[:2])

    def _interrupt(self, interruption: Interruption, label: str) -> None:
        self.seen[f"{interruption.kind} at {label}"] += 1
        if interruption.kind == "dies":
            raise Killed(label)
        mine = [beat for beat in self.beating if beat.worker == self.worker()]
        for beat in mine:
            beat.stopped = interruption.kind == "stopped"
        interruption.deed()
        for beat in mine:
            beat.stopped = False

    # Processes

    @contextmanager
    def process(self) -> Iterator[None]:
        """Something happens in a process of its own, which may die of it."""
        self.born += 1
        name = f"w{self.born}"
        self.stack.append(name)
        try:
            yield
        except StaleState as stale:
            oracles.hold("I-2", False, f"only the move table kept {name} from writing: {stale}")
        except IllegalMove as illegal:
            oracles.hold("I-16", False, f"the work of {name} can never be done: {illegal}")
        except Killed:
            self.dead.add(name)
            self.seen["a process died"] += 1
        finally:
            self.stack.remove(name)
            self.beating = [beat for beat in self.beating if beat.worker != name]
        if oracles.found:
            raise oracles.found[0]

    def pass_time(self, seconds: float) -> None:
        """Who lives and is not stopped beats every five seconds."""
        until = self.clock + timedelta(seconds=seconds)
        while self.clock < until:
            self.clock = min(until, self.clock + timedelta(seconds=5))
            for beat in list(self.beating):
                if not beat.stopped and not beat.keeper.lost:
                    beat.keeper.beat()

    def jump(self, hours: int) -> None:
        """Somebody sets the clock; whoever lives beats within the next seconds."""
        self.clock += timedelta(hours=hours)
        self.pass_time(5)
        self.seen["the clock jumped"] += 1

    def tick(self) -> None:
        with self.process():
            merger.tick(self.project.pk)
            self.seen["tick"] += 1

    def sweep(self) -> None:
        with self.process():
            sweeper.sweep()

    def follow(self) -> None:
        """A worker looks whether the target has moved."""
        with self.process(), contextlib.suppress(StoreBusy):
            projects.follow_target(
                Project.objects.get(), self.ground.open_upstream(self.ground.location, "local"), self.ground.stores
            )

    def work(self, step: int) -> None:
        with self.process():
            executor.execute_step(step)

    def check(self, check: int, verdict: str = "success") -> None:
        self.verdict = verdict
        with self.process():
            checks.execute_check(check)

    def deliver(self) -> None:
        """A message arrives, late, twice or not at all."""
        if not self.queue:
            return
        name, pk = self.queue.pop(self.dice.randrange(len(self.queue)))
        for _ in range(self.dice.choice((0, 1, 1, 1, 2))):
            with self.process():
                getattr(tasks, name)(pk)

    # What there is

    def changes(self) -> list[Change]:
        return list(Change.objects.filter(state="open").select_related("project"))

    def newest(self, change: Change) -> PatchSet:
        return change.patch_sets.latest("number")

    def due_checks(self) -> list[int]:
        return checks.due_checks()

    def live(self) -> list[QueueEntry]:
        return list(QueueEntry.objects.filter(state__in=LIVE).select_related("project", "change"))

    # Rest

    def end(self) -> None:
        """Nothing more happens from outside; everything that was begun must come to an end by itself."""
        self.interruptions.clear()
        self.deaths_seen = False
        self.pass_time(36)
        self.sweep()
        oracles.freed(self)
        self.deaths_seen = True
        self.ground.lock(False)
        self.ground.lock_index(False)
        self.ground.clear_own()
        self.unfreeze()
        for _ in range(60):
            self.pass_time(2)
            self.sweep()
            if not self._once():
                break
        self.follow()
        oracles.end(self)

    def _once(self) -> bool:
        """One look of everybody at all there is to do; False when there was nothing."""
        steps = list(Step.objects.filter(state__in=("ready", "running")).exclude(run__state="waiting"))
        for step in steps:
            self.work(step.pk)
        due = list(CheckRun.objects.exclude(state="completed"))
        for check in due:
            self.check(check.pk)
        before = list(QueueEntry.objects.filter(state__in=LIVE).values_list("pk", "state"))
        self.tick()
        after = list(QueueEntry.objects.filter(state__in=LIVE).values_list("pk", "state"))
        return bool(steps or due or before or after)

    @contextmanager
    def entered(self) -> Iterator["World"]:
        with kept(), inhabit(self):
            yield self
