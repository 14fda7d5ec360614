"""A state machine of who may work on what: few objects, many orders."""

from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from teamboard.runs.models import Question, Run, Step
from teamboard.runs.states import FINAL_RUN
from tests.model.board_machine import Board
from tests.model.world import Interruption

CROSSINGS = ("step_claimed", "step_before_result", "before_proposal", "check_claimed", "check_before_verdict")
KINDS, FATES = ("stopped", "stopped", "slow", "poison"), ("", "step_claimed", "check_claimed")


class Leases(Board):
    """Start, claim, die, stand still, sweep, stop, answer: one run and its checks."""

    def live_run(self) -> Run | None:
        return Run.objects.exclude(state__in=FINAL_RUN).first()

    def ready(self) -> list[int]:
        rows = Step.objects.filter(state__in=("ready", "running")).exclude(run__state__in=FINAL_RUN)
        return list(rows.values_list("pk", flat=True))

    @initialize(
        luck=st.integers(0, 9),
        point=st.sampled_from(CROSSINGS),
        kind=st.sampled_from(KINDS),
        fate=st.sampled_from(FATES),
    )
    def one_run(self, luck: int, point: str, kind: str, fate: str) -> None:
        """Whose first worker is overtaken at once."""
        self.world.dice = Random(luck)
        self.world.start()
        self.look_away(point, kind, fate)

    @precondition(lambda self: not self.ready())
    @rule()
    def start(self) -> None:
        self.world.start()

    @precondition(lambda self: self.ready())
    @rule()
    def work(self) -> None:
        self.world.work(self.ready()[0])

    @precondition(lambda self: self.ready())
    @rule(point=st.integers(1, 14), seen=st.booleans())
    def die_working(self, point: int, seen: bool) -> None:
        self.world.deaths_seen = seen
        self.world.interruptions = [Interruption("", point)]
        self.world.work(self.ready()[0])

    @precondition(lambda self: self.ready())
    @rule(point=st.sampled_from(CROSSINGS), kind=st.sampled_from(KINDS), fate=st.sampled_from(FATES))
    def look_away(self, point: str, kind: str, fate: str) -> None:
        """Stopped for longer than a lease, or slow while the lease is renewed; another worker looks meanwhile.

        poison: whoever takes the step dies of it.
        """
        if kind == "poison":
            self.die_of_it(self.ready()[0])
            return
        self.world.interruptions = [Interruption(point, 1, kind, lambda: self.others(fate))]
        self.world.work(self.ready()[0])

    def die_of_it(self, step: int) -> None:
        self.world.deaths_seen = False
        for _ in range(4):
            self.world.interruptions = [Interruption("step_claimed")]
            self.world.work(step)
            self.world.pass_time(35)
            self.world.sweep()

    def others(self, fate: str) -> None:
        """They may die in their turn, just when the work is theirs."""
        self.world.pass_time(35)
        self.world.sweep()
        if fate:
            self.world.interruptions = [Interruption(fate)]
        for step in self.ready():
            self.world.work(step)
        for check in self.world.due_checks():
            self.world.check(check, "failure")

    @precondition(lambda self: self.world.due_checks())
    @rule()
    def check(self) -> None:
        self.world.check(self.world.due_checks()[0])

    @rule(seconds=st.sampled_from((2, 31)))
    def wait(self, seconds: int) -> None:
        self.world.pass_time(seconds)
        self.world.sweep()

    @precondition(lambda self: self.live_run() is not None)
    @rule()
    def stop(self) -> None:
        run = self.live_run()
        assert run is not None
        self.world.stop(run)

    @precondition(lambda self: Question.objects.filter(state="open").exists())
    @rule()
    def answer(self) -> None:
        self.world.answer(Question.objects.filter(state="open").first())  # type: ignore[arg-type]
