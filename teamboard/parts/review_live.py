"""What open review pages are told: the same for every reader as markup, what is personal as a hint to ask again."""

from collections.abc import Iterable

from django.db.models import QuerySet

from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import change as head
from teamboard.parts import queue
from teamboard.parts.checks import check_section
from teamboard.parts.registry import Frame, drawn_once, live_part, looked_at
from teamboard.reviews.models import Change, PatchSet, Thread
from teamboard.reviews.states import OPEN

OF_A_CHANGE = (
    facts.ChangeOpened,
    facts.ChangeMoved,
    facts.PatchSetUploaded,
    facts.ThreadChanged,
    facts.VoteCast,
    facts.ChangesRequested,
    facts.EntryMoved,
    facts.LandingDoubted,
)
OF_THE_INBOX = (
    *OF_A_CHANGE,
    facts.CheckRunMoved,
    facts.BranchesSeen,
    facts.RunMoved,
    facts.AgentChanged,
    facts.PersonNamed,
    facts.SettingsChanged,
    facts.GrantChanged,
)
OF_THE_QUEUE = (
    facts.EntryMoved,
    facts.QueueFrozen,
    facts.LandingDoubted,
    facts.TargetMoved,
    facts.CheckRunMoved,
    facts.ChangeMoved,
    facts.VoteCast,
    facts.AgentChanged,
    facts.PersonNamed,
    facts.SettingsChanged,
    facts.GrantChanged,
)


def head_frames(change: Change) -> list[Frame]:
    """The head is rendered anew as a whole: it is small, and its pieces depend on one another."""
    topic = f"change.{change.pk}"
    made = {
        "change-what": head.what(change),
        "votes": head.vote_list(change),
        "requirements": head.requirement_list(change),
        "change-notices": head.notices(change),
        "checks": check_section(change, head.newest(change)),
    }
    frames = [Frame(topic, target=target, html=html) for target, html in made.items()]
    # Buttons and the pinned patch set differ for each reader.
    return [*frames, Frame(topic, kind="hint", target="verdict-buttons", url=f"/changes/{change.pk}/mine/")]


def _change(pk: int) -> Change | None:
    return Change.objects.select_related("project", "task__project", "agent", "author_user").filter(pk=pk).first()


@live_part(*OF_A_CHANGE, topic="change")
def change_head(logged: Logged) -> list[Frame]:
    return frames_of(getattr(logged.fact, "change", 0))


@drawn_once
def frames_of(pk: int) -> list[Frame]:
    change = _change(pk)
    return head_frames(change) if change else []


@live_part(facts.SettingsChanged, facts.GrantChanged, topic="change")
def required_anew(logged: Logged) -> list[Frame]:
    """Which checks count, for which definition and in which environment, is said on every change."""
    rows = looked_at("change", Change.objects.filter(project=logged.fact.project))
    return _all(frames_of(pk) for pk in rows.values_list("pk", flat=True))


@live_part(facts.ThreadChanged, topic="change")
def thread(logged: Logged) -> list[Frame]:
    """Where a thread stands depends on the patch set that is read, so each page asks for it."""
    fact = logged.fact
    assert isinstance(fact, facts.ThreadChanged)
    return [thread_hint(fact.change, fact.thread)]


@live_part(facts.ChangeMoved, topic="change")
def ask_buttons(logged: Logged) -> list[Frame]:
    """From a thread its agent can be asked only while the change is open."""
    return threads_that_ask(Change.objects.filter(pk=getattr(logged.fact, "change", 0)))


def threads_that_ask(changes: "QuerySet[Change]") -> list[Frame]:
    rows = Thread.objects.filter(
        change__in=changes, change__agent__isnull=False, state=OPEN, published_at__isnull=False
    )
    return [thread_hint(change, pk) for change, pk in rows.order_by("pk").values_list("change_id", "pk")]


def thread_hint(change: int, pk: int) -> Frame:
    return Frame(f"change.{change}", kind="hint", target=f"thread-{pk}", url=f"/changes/{change}/threads/{pk}/")


@live_part(facts.CheckRunMoved, topic="change")
def checked(logged: Logged) -> list[Frame]:
    """A check run knows a tree, not a change: every change whose newest patch set has that tree is told."""
    fact = logged.fact
    assert isinstance(fact, facts.CheckRunMoved)
    owners = PatchSet.objects.filter(tree_sha=fact.tree, change__project_id=fact.project)
    return _all(frames_of(pk) for pk in owners.values_list("change_id", flat=True).distinct())


def _all(groups: Iterable[list[Frame]]) -> list[Frame]:
    return [frame for group in groups for frame in group]


@live_part(*OF_THE_INBOX, topic="inbox")
def inbox(logged: Logged) -> list[Frame]:
    pid = logged.fact.project
    return [Frame(f"inbox.{pid}", kind="hint", target="inbox", url=f"/p/{pid}/review/rows/")]


@live_part(*OF_THE_QUEUE, topic="queue")
def train(logged: Logged) -> list[Frame]:
    return train_frames(logged.fact.project)


@drawn_once
def train_frames(pk: int) -> list[Frame]:
    project = Project.objects.filter(pk=pk).first()
    pieces = queue.pieces(project) if project else {}
    return [Frame(f"queue.{pk}", target=target, html=html) for target, html in pieces.items()]
