"""Topics: what a page can listen to, which fact concerns which topic, and who may listen."""

from django.db.models import Model

from teamboard.accounts.actions import INSTANCE
from teamboard.accounts.models import User
from teamboard.board.models import Project, Task
from teamboard.board.queries import role_in
from teamboard.events import catalogue as facts
from teamboard.events.catalogue import Fact
from teamboard.reviews.models import Change
from teamboard.runs.models import Run

# A topic is `kind.id`; the id is a project's unless the kind has an object of its own.
OF_PROJECT = ("board", "project", "inbox", "queue", "team", "settings", "branches")
OF_OBJECT: dict[str, type[Model]] = {"task": Task, "runstate": Run, "run": Run, "change": Change}
# What concerns one person alone is told by the instance's log, and to nobody else.
OF_PERSON = "person"
KINDS = (*OF_PROJECT, *OF_OBJECT, OF_PERSON)

# `run` is missing on purpose: output is not a fact (D22).
CONCERNS: dict[type[Fact], str] = {
    facts.UserChanged: "person",
    facts.PersonNamed: "person team project task runstate change inbox queue settings",
    facts.ProjectListed: "person",
    facts.DraftSaved: "",
    facts.FileViewed: "",
    facts.ProjectOpened: "project board settings branches",
    facts.ProjectReady: "project board settings branches queue",
    facts.UpstreamLost: "project branches",
    facts.BranchesSeen: "branches project inbox",
    facts.TargetMoved: "project board branches queue",
    facts.SettingsChanged: "settings project board change inbox queue",
    facts.CalibrationAsked: "settings project",
    facts.Calibrated: "settings project",
    facts.GrantChanged: "settings change inbox queue",
    facts.MemberChanged: "team project",
    facts.InvitationChanged: "team",
    facts.AgentChanged: "team board settings task runstate change inbox queue",
    facts.TryoutMoved: "settings",
    facts.TaskCreated: "board project task",
    facts.TaskChanged: "board project task",
    facts.TaskDeleted: "settings",
    facts.TaskRestored: "settings",
    facts.RunCreated: "board project task runstate team settings",
    facts.RunMoved: "board project task runstate team inbox settings",
    facts.StepMoved: "board task runstate team",
    facts.ActivitySeen: "board task runstate team",
    facts.SpendCounted: "board task runstate settings",
    facts.CostRulesChanged: "settings board task runstate",
    facts.WorkSnapshot: "task runstate board",
    facts.CheckpointKept: "runstate",
    facts.QuestionAsked: "board project task runstate inbox",
    facts.QuestionClosed: "board project task runstate inbox",
    facts.AgentCalled: "runstate",
    facts.SuggestedTaskMoved: "board project task runstate inbox",
    facts.InboxFilled: "runstate task",
    facts.InboxTaken: "runstate task",
    facts.ChangeOpened: "board project change inbox branches task",
    facts.ChangeMoved: "board project change inbox queue branches task settings",
    facts.PatchSetUploaded: "board project change inbox task",
    facts.ThreadChanged: "board project change inbox",
    facts.VoteCast: "board project change inbox queue",
    facts.ChangesRequested: "board project change inbox",
    facts.CheckRunMoved: "board project change inbox queue",
    facts.EntryMoved: "board project change inbox queue",
    facts.AgentsHalted: "project person",
    facts.IsolationChanged: "project settings person",
    facts.DiskChanged: "settings",
    facts.QueueFrozen: "queue project board",
    facts.LandingDoubted: "queue project change",
    facts.LocksRemoved: "project",
}
SILENT = tuple(fact for fact, kinds in CONCERNS.items() if not kinds)


def topic_for(kind: str, fact: Fact) -> str | None:
    """The topic of this kind that the fact names itself; None when only its rows know (a check run's change)."""
    if kind in OF_PROJECT:
        return f"{kind}.{fact.project}"
    if kind == OF_PERSON:
        return f"person.{fact.user}" if isinstance(fact, facts.UserChanged) else None
    value = getattr(fact, "run" if kind == "runstate" else kind, None)
    return None if value is None else f"{kind}.{value}"


def topics_of(fact: Fact) -> list[str]:
    found = (topic_for(kind, fact) for kind in CONCERNS[type(fact)].split())
    return [topic for topic in found if topic]


def kind_of(topic: str) -> str:
    return topic.partition(".")[0]


def person_topic(user: User) -> str:
    return f"{OF_PERSON}.{user.pk}"


def project_of(topic: str) -> int | None:
    """The project in whose log a topic is told of, 0 for the instance; None when there is no such thing."""
    kind, _, number = topic.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    if kind in OF_PROJECT:
        return Project.objects.filter(pk=int(number)).values_list("pk", flat=True).first()
    if kind == OF_PERSON:
        return INSTANCE if User.objects.filter(pk=int(number)).exists() else None
    if kind in OF_OBJECT:
        return OF_OBJECT[kind]._default_manager.filter(pk=int(number)).values_list("project_id", flat=True).first()
    return None


def may_listen(user: User, topic: str) -> bool:
    """Every role may read, so every member may listen: frames carry nothing that a right decides over (D24)."""
    if kind_of(topic) == OF_PERSON:
        return topic == person_topic(user)
    found = project_of(topic)
    return found is not None and bool(role_in(user, Project.objects.get(pk=found)))
