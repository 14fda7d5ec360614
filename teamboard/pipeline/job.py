"""What a step is given to work with, and how it says that it failed."""

from dataclasses import dataclass

from teamboard.pipeline.keeper import Keeper
from teamboard.pipeline.output import Output
from teamboard.pipeline.slots import Slot
from teamboard.pipeline.workspaces import Workspace, of_run
from teamboard.runs.actions import Claim
from teamboard.runs.models import Run, Step


class StepFailed(Exception):
    """The step ended with a code of runs/failures.py."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed step with its run, its lease and the way to its output."""

    claim: Claim
    run: Run
    keeper: Keeper
    output: Output
    slot: Slot | None = None

    @property
    def step(self) -> Step:
        return self.claim.step

    @property
    def space(self) -> Workspace:
        return of_run(self.run.pk)
