"""What a turn uses and how long it takes, counted while it goes on, and the budgets that stop it."""

import time

from agents import Usage
from teamboard.pipeline.job import Job, StepFailed
from teamboard.runs import actions, budgets

EVERY = 30.0  # what a killed worker may leave uncounted of its time
OVER = "over_budget"


class Metering:
    """Of one turn. `over` is the sentence of the first budget that is used up."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told_at = self._turned_at = time.monotonic()
        self._waiting, self._waited = False, 0.0
        self._warned: set[tuple[str, str]] = set()
        self.over = ""

    def use(self, usage: Usage) -> None:
        actions.record_usage(self._job.claim, usage)
        self._look()

    def waits(self, waiting: bool) -> None:
        """Told again and again; what counts is when it changes."""
        if waiting != self._waiting:
            self._turn()
            self._waiting = waiting

    def tick(self) -> None:
        if time.monotonic() - self._told_at >= EVERY:
            self.tell()

    def tell(self) -> None:
        self._turn()
        actions.record_time(self._job.claim, self._turned_at - self._told_at, self._waited)
        self._told_at, self._waited = self._turned_at, 0.0

    def _turn(self) -> None:
        now = time.monotonic()
        self._waited += now - self._turned_at if self._waiting else 0.0
        self._turned_at = now

    def _look(self) -> None:
        for one in budgets.standings(self._job.run):
            key = (one.scope, one.unit)
            if one.spent and not self.over:
                self.over = budgets.words(one)
            elif one.warns and key not in self._warned:
                self._warned.add(key)
                self._job.output.say(f"{budgets.words(one)} That is {one.share:.0%} of it.")


def refuse_if_spent(job: Job) -> None:
    """A turn that could not do anything is not begun."""
    for one in budgets.spent(budgets.standings(job.run)):
        raise StepFailed(OVER, budgets.words(one))
