"""Every fact there is, in one list: frozen dataclasses of ids and small plain values.

`project` 0 is the instance itself. The docs of each fact are its docstring.
"""

from dataclasses import dataclass

from teamboard.events.agent_facts import AgentChanged as AgentChanged
from teamboard.events.agent_facts import TryoutMoved as TryoutMoved
from teamboard.events.call_facts import AgentCalled as AgentCalled
from teamboard.events.call_facts import SuggestedTaskMoved as SuggestedTaskMoved
from teamboard.events.cost_facts import CostRulesChanged as CostRulesChanged
from teamboard.events.cost_facts import SpendCounted as SpendCounted
from teamboard.events.fact import Fact as Fact
from teamboard.events.machine import AgentsHalted as AgentsHalted
from teamboard.events.machine import DiskChanged as DiskChanged
from teamboard.events.machine import IsolationChanged as IsolationChanged
from teamboard.events.machine import LocksRemoved as LocksRemoved
from teamboard.events.people import PersonNamed as PersonNamed
from teamboard.events.people import UserChanged as UserChanged
from teamboard.events.projects import ProjectListed as ProjectListed
from teamboard.events.projects import ProjectOpened as ProjectOpened
from teamboard.events.projects import ProjectReady as ProjectReady
from teamboard.events.projects import UpstreamLost as UpstreamLost
from teamboard.events.task_facts import TaskChanged as TaskChanged
from teamboard.events.task_facts import TaskCreated as TaskCreated
from teamboard.events.task_facts import TaskDeleted as TaskDeleted
from teamboard.events.task_facts import TaskRestored as TaskRestored


@dataclass(frozen=True, kw_only=True)
class BranchesSeen(Fact):
    """The upstream's local branches and worktrees were read again."""


@dataclass(frozen=True, kw_only=True)
class TargetMoved(Fact):
    """The upstream's target branch points at another commit."""

    sha: str
    by_board: bool


@dataclass(frozen=True, kw_only=True)
class SettingsChanged(Fact):
    """The definition of checks, setup and sandbox changed, on the board or in the project file."""

    digest: str


@dataclass(frozen=True, kw_only=True)
class CalibrationAsked(Fact):
    """Somebody asked to try the checks on the untouched target."""


@dataclass(frozen=True, kw_only=True)
class Calibrated(Fact):
    """One check was tried on the untouched target."""

    check: str


@dataclass(frozen=True, kw_only=True)
class GrantChanged(Fact):
    """A folder or tool chain may, or may no longer, be read inside sandboxes."""

    grant: int


@dataclass(frozen=True, kw_only=True)
class MemberChanged(Fact):
    """Somebody joined, left, or has another role."""

    user: int


@dataclass(frozen=True, kw_only=True)
class InvitationChanged(Fact):
    """An invitation was made, used or withdrawn."""

    invitation: int


@dataclass(frozen=True, kw_only=True)
class RunCreated(Fact):
    """A run of a task was queued."""

    task: int
    run: int


@dataclass(frozen=True, kw_only=True)
class RunMoved(Fact):
    """A run has another state."""

    task: int
    run: int
    state: str


@dataclass(frozen=True, kw_only=True)
class StepMoved(Fact):
    """A step of a run has another state; `ready` wakes a worker."""

    task: int
    run: int
    step: int
    state: str


@dataclass(frozen=True, kw_only=True)
class ActivitySeen(Fact):
    """The one line that says what a run is doing changed (at most one a second)."""

    task: int
    run: int


@dataclass(frozen=True, kw_only=True)
class WorkSnapshot(Fact):
    """The agent's files changed: the live diff has a new head."""

    task: int
    run: int
    head: str


@dataclass(frozen=True, kw_only=True)
class CheckpointKept(Fact):
    """The files of a run were kept under a ref of their own."""

    task: int
    run: int
    number: int
    head: str


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(Fact):
    """An agent asks, or asks for a permission."""

    task: int
    run: int
    question: int


@dataclass(frozen=True, kw_only=True)
class QuestionClosed(Fact):
    """A question was answered, took its default, or was withdrawn."""

    task: int
    run: int
    question: int


@dataclass(frozen=True, kw_only=True)
class InboxFilled(Fact):
    """Somebody steers, answers or cancels a run."""

    task: int
    run: int
    item: int


@dataclass(frozen=True, kw_only=True)
class InboxTaken(Fact):
    """The run has received what somebody sent."""

    task: int
    run: int
    item: int


@dataclass(frozen=True, kw_only=True)
class ChangeOpened(Fact):
    """Work came under review."""

    change: int


@dataclass(frozen=True, kw_only=True)
class ChangeMoved(Fact):
    """A change was merged, abandoned or restored."""

    change: int
    state: str


@dataclass(frozen=True, kw_only=True)
class PatchSetUploaded(Fact):
    """A change has a new numbered revision."""

    change: int
    patch_set: int


@dataclass(frozen=True, kw_only=True)
class ThreadChanged(Fact):
    """A thread was opened, answered, resolved, re-opened, or its receipt moved."""

    change: int
    thread: int


@dataclass(frozen=True, kw_only=True)
class DraftSaved(Fact):
    """Somebody saved a draft; nobody else is shown it (silent)."""

    change: int


@dataclass(frozen=True, kw_only=True)
class VoteCast(Fact):
    """Somebody voted on a patch set."""

    change: int
    patch_set: int
    value: int


@dataclass(frozen=True, kw_only=True)
class ChangesRequested(Fact):
    """A reviewer sends the open threads to whoever wrote the change."""

    change: int
    patch_set: int


@dataclass(frozen=True, kw_only=True)
class FileViewed(Fact):
    """Somebody marked a file as viewed (silent)."""

    change: int


@dataclass(frozen=True, kw_only=True)
class CheckRunMoved(Fact):
    """A check run was queued, started or completed."""

    check_run: int
    tree: str
    state: str


@dataclass(frozen=True, kw_only=True)
class EntryMoved(Fact):
    """A queue entry has another state."""

    change: int
    entry: int
    state: str


@dataclass(frozen=True, kw_only=True)
class QueueFrozen(Fact):
    """Landing was stopped or allowed again."""

    frozen: bool


@dataclass(frozen=True, kw_only=True)
class LandingDoubted(Fact):
    """What was read back after a landing is not what was tested, or takes an earlier merge away; landing stops."""

    change: int
    entry: int
    code: str


FACTS: tuple[type[Fact], ...] = tuple(Fact.__subclasses__())

BY_KIND = {fact.kind(): fact for fact in FACTS}
