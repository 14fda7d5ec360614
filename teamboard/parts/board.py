"""The board: lanes, the agents beside them, and what of it is shown anew when a fact is told."""

from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef, QuerySet

from teamboard.board.models import Agent, Project, Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.evidence import asks
from teamboard.lib.prepared import Prepared, as_text, moment
from teamboard.parts import attention, card_rows, cards, cost_line, shell
from teamboard.parts.marks import agent as agent_mark
from teamboard.parts.marks import ago, esc, pulse, quoted, safe
from teamboard.parts.registry import Frame, drawn_once, live_part
from teamboard.reviews.models import Change, PatchSet
from teamboard.runs.models import Question, Run
from teamboard.runs.states import FINAL_RUN, WAITING
from teamboard.runs.states import OPEN as QUESTION_OPEN

LANE_COLUMNS = (("ready", "backlog"), ("in-progress",), ("in-review",), ("merging", "done"))
NAMES = {"ready": "Ready", "backlog": "Backlog", "in-progress": "In progress", "in-review": "In review"}
NAMES |= {"merging": "Merging", "done": "Done"}
EMPTY = {
    "ready": "What can be started stands here.",
    "backlog": "Press n to write the first task.",
    "in-progress": "Started tasks come here, with what their agent does now.",
    "in-review": "Finished work waits here for you.",
    "merging": "Approved changes are tested here, then they land.",
    "done": "What has landed.",
}


COLUMNS = [[(name, NAMES[name], EMPTY[name]) for name in names] for names in LANE_COLUMNS]


def context(project: Project) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the template needs, and the long lists by name."""
    lists, waiting = cards.lanes(card_rows.load(project)), asks(project)
    lists["asks"] = attention.items(waiting).encode()
    nav = shell.nav_counts(project, waiting)
    context = {"columns": COLUMNS, "nav": nav, "strip": strip(project), "cost": cost_line.line(project)}
    return context | {"agent_options": agent_options(project)}, lists


def agent_options(project: Project) -> str:
    """Who a new task can be given to; the filters of the board take the names from the cards themselves."""
    named = "".join(f'<option value="{pk}">{esc(name)}</option>' for pk, name in AGENTS.rows(project.pk))
    return safe(f'{named}<option value="">no agent yet</option>')


# The agents beside the lanes


class AtWork(NamedTuple):
    """The newest run of an agent."""

    agent: int
    run: int
    state: str
    waiting_for: str
    activity: str
    activity_at: str | None
    created_at: str
    number: int
    asks: bool


def _agents(project: int) -> "QuerySet[Agent, Any]":
    return Agent.objects.filter(project=project).order_by("name").values_list("pk", "name")


def _newest_runs(project: int) -> "QuerySet[Run, Any]":
    at_work = Run.objects.filter(project=project).exclude(state__in=FINAL_RUN).order_by()
    newest = at_work.values("agent").annotate(newest=Max("pk")).values("newest")
    asks = Exists(Question.objects.filter(run=OuterRef("pk"), state=QUESTION_OPEN))
    times = (as_text("activity_at"), as_text("created_at"))
    of_run = ("agent_id", "pk", "state", "waiting_for", "activity", *times, "task__number")
    return Run.objects.filter(pk__in=newest).values_list(*of_run, asks)


AGENTS, NEWEST = Prepared(_agents), Prepared(_newest_runs)


def strip(project: Project) -> str:
    agents = AGENTS.rows(project.pk)
    if not agents:
        return safe('<li class="empty">No agent yet. An Architect adds one under Settings.</li>')
    runs = {run.agent: run for run in map(AtWork._make, NEWEST.rows(project.pk))}
    return safe("".join(_row(project.key, pk, name, runs.get(pk)) for pk, name in agents))


def _row(key: str, pk: int, name: str, run: AtWork | None) -> str:
    live, tone, line = _doing(run)
    linked = f'<a href="/runs/{run.run}/">{esc(name)}</a>' if run else esc(name)
    ref = f'<span class="step clip">{esc(f"{key}-{run.number}")}</span>' if run else ""
    at = ago(moment(run.activity_at or run.created_at)) if run else ""
    return (
        f'<li class="agent-row" id="agent-{pk}" title="{esc(name)}: {quoted(line)}">{agent_mark(name)}'
        f'<span class="name">{linked}{ref}</span><span class="last">{pulse(live)}{at}</span>'
        f'<span class="sub clip"{tone}>{quoted(line)}</span></li>'
    )


def _doing(run: AtWork | None) -> tuple[str, str, str]:
    if run is None:
        return "idle", "", "idle"
    if run.asks:
        return "waiting", ' data-tone="human"', "waits for you: question"
    if run.state == WAITING:
        return "idle", ' data-tone="human"', f"waits: {run.waiting_for}"
    return "run", "", run.activity or run.state


# Live


def tasks_of(fact: facts.Fact) -> list[int]:
    """The tasks whose cards a fact may change."""
    task = getattr(fact, "task", None)
    if isinstance(fact, facts.TaskChanged):
        return [fact.task, *Task.objects.filter(waits_for=fact.task).values_list("pk", flat=True)]
    if task is not None:
        return [task]
    if isinstance(fact, facts.CheckRunMoved):
        return _tasks_of_tree(fact.tree)
    if isinstance(fact, facts.AgentChanged):
        given = Task.objects.filter(agent=fact.agent) | Task.objects.filter(runs__agent=fact.agent)
        return list(given.distinct().values_list("pk", flat=True))
    rows = Change.objects.filter(pk=getattr(fact, "change", 0), task__isnull=False)
    return [pk for pk in rows.values_list("task_id", flat=True) if pk]


def _tasks_of_tree(tree: str) -> list[int]:
    sets = PatchSet.objects.filter(tree_sha=tree, change__task__isnull=False)
    entries = Change.objects.filter(entries__candidate_tree=tree, task__isnull=False)
    found = {*sets.values_list("change__task_id", flat=True), *entries.values_list("task_id", flat=True)}
    return sorted(pk for pk in found if pk)


@live_part(
    facts.TaskCreated,
    facts.TaskChanged,
    facts.RunCreated,
    facts.RunMoved,
    facts.StepMoved,
    facts.ActivitySeen,
    facts.QuestionAsked,
    facts.QuestionClosed,
    facts.ChangeOpened,
    facts.ChangeMoved,
    facts.PatchSetUploaded,
    facts.ThreadChanged,
    facts.VoteCast,
    facts.ChangesRequested,
    facts.CheckRunMoved,
    facts.EntryMoved,
    facts.AgentChanged,
    topic="board",
)
def card_frames(logged: Logged) -> list[Frame]:
    return frames_of_cards(logged.project, tuple(tasks_of(logged.fact)))


@drawn_once
def frames_of_cards(pk: int, tasks: tuple[int, ...]) -> list[Frame]:
    project = Project.objects.get(pk=pk)
    return [_frame(f"board.{pk}", card) for card in card_rows.load(project, tasks)]


def _frame(topic: str, card: card_rows.Card) -> Frame:
    target = f"card-{card.row.id}"
    if card.column not in cards.LANES:
        return Frame(topic, target=target, swap="remove")
    return Frame(topic, target=target, swap="place", parent=f"lane-list-{card.column}", html=cards.item(card))


@live_part(
    facts.RunCreated,
    facts.RunMoved,
    facts.ActivitySeen,
    facts.QuestionAsked,
    facts.QuestionClosed,
    facts.AgentChanged,
    topic="board",
)
def strip_frames(logged: Logged) -> list[Frame]:
    found = frames_of_strip(logged.project)
    if isinstance(logged.fact, facts.AgentChanged):
        options = agent_options(Project.objects.get(pk=logged.project))
        found = [*found, Frame(f"board.{logged.project}", target="quick-agent", swap="inner", html=options)]
    return found


@drawn_once
def frames_of_strip(pk: int) -> list[Frame]:
    return [Frame(f"board.{pk}", target="agent-list", swap="inner", html=strip(Project.objects.get(pk=pk)))]
