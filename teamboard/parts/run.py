"""The run page: its head, steps, plan, questions and what was sent to the agent."""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from teamboard.board.models import Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import checkpoints, cost, stream, suggested
from teamboard.parts.attention import option
from teamboard.parts.board import tasks_of
from teamboard.parts.deeds import acts as acts
from teamboard.parts.marks import agent, ago, esc, icon, pulse, quoted, safe, until
from teamboard.parts.registry import Frame, live_part
from teamboard.runs import queries
from teamboard.runs.costs import MICROS
from teamboard.runs.journal import Journal
from teamboard.runs.models import STEP_KINDS, InboxItem, Question, Run, Step
from teamboard.runs.states import FINAL_RUN, OPEN, WAITING

TAIL = 500
WAITS = {
    "question": "Waits for an answer",
    "permission": "Waits for a permission",
    "review": "Waits for review",
    "limit": "Waits: over its limit",
}
BEADS = {"succeeded": "done", "running": "now", "failed": "fail", "dead": "fail", "cancelled": "stall"}


def context(run: Run) -> dict[str, Any]:
    """All parts of the page; `offset` is where the output that is shown ends."""
    page = Journal(run.pk).tail(TAIL)
    return {
        "run": run,
        "head": head(run),
        "timeline": timeline(run),
        "plan": plan(run),
        "sent": sent(run),
        "about": about(run.task),
        "checkpoints": checkpoints.panel(run),
        "suggested": suggested.panel(run),
        "cost": cost.of_run(run),
        "acts": acts(run),
        "questions": safe("".join(question(row) for row in run.questions.all() if row.state == OPEN)),
        "lines": stream.page(run.pk, page),
        "offset": page.next,
    }


def state_chip(run: Run) -> str:
    if run.state == WAITING:
        tone, live, word = "human", "waiting", WAITS.get(run.waiting_for, "Waits")
    else:
        tone, live, word = {
            "queued": ("mute", "idle", "Queued"),
            "running": ("agent", "run", "At work"),
            "succeeded": ("good", "idle", "Merged"),
            "failed": ("bad", "stalled", "Failed"),
            "cancelled": ("mute", "idle", "Stopped"),
        }[run.state]
    return f'<span class="chip" data-tone="{tone}" id="run-state" data-state="{run.state}">{pulse(live)}{word}</span>'


def head(run: Run) -> str:
    return safe(
        f'<header class="run-head" id="run-head">{agent(run.agent.name, "xl")}<div class="what">'
        f'<p class="row wrap small mute"><a class="ref" href="/tasks/{run.task_id}/">{esc(run.task.ref)}</a>'
        f"<span>run {run.number}</span><span>{esc(run.agent.name)}</span>"
        f'<span class="desk-only">{esc(run.agent.kind)}, private clone</span></p>'
        f"{title(run.task)}</div>{_conditions(run)}{cost.near_limit(run)}{state_chip(run)}{_figures(run)}</header>"
    )


def _conditions(run: Run) -> str:
    """What its agent was allowed beyond the usual."""
    return "".join(f'<span class="chip" data-tone="bad">{esc(word)}</span>' for word in run.conditions)


def _figures(run: Run) -> str:
    started = f"<div><dt>Started</dt><dd>{ago(run.started_at or run.created_at)}</dd></div>"
    heard = f"<div><dt>Last heard</dt><dd>{ago(run.activity_at)}</dd></div>" if run.activity_at else ""
    tokens = sum(int(run.usage.get(name, 0)) for name in ("input_tokens", "output_tokens"))
    used = f"<div><dt>Tokens</dt><dd>{tokens:,}</dd></div>" if tokens else ""
    usd = run.usage.get("usd")
    priced = cost.dollars(round(usd * MICROS)) if usd is not None else "unknown"
    used += f'<div class="desk-only"><dt>Cost</dt><dd>{priced}</dd></div>' if tokens or usd is not None else ""
    return f'<dl class="figures">{started}{heard}{used}</dl>'


# Steps, by the board


def timeline(run: Run) -> str:
    steps = queries.steps_of(run)
    asks = run.state == WAITING and run.waiting_for in (Question.QUESTION, Question.PERMISSION)
    shown = "".join(_step(number, step, waits=asks and number == len(steps)) for number, step in enumerate(steps, 1))
    ahead = _ahead(run, steps)
    rest = "".join(
        f'<li data-s="next"><span class="bead" aria-hidden="true">{len(steps) + number}</span>'
        f'<span class="name">{kind}</span><span class="took"></span></li>'
        for number, kind in enumerate(ahead, 1)
    )
    return safe(f'<ol class="timeline" id="timeline">{shown}{rest}</ol>')


def _ahead(run: Run, steps: list[Step]) -> list[str]:
    if run.state in FINAL_RUN or not steps:
        return [] if steps else list(STEP_KINDS)
    last = steps[-1].kind
    return list(STEP_KINDS[STEP_KINDS.index(last) + 1 :])


def _step(number: int, step: Step, *, waits: bool) -> str:
    """The last step of a run that asks, parked or at work, waits for a person."""
    word = "wait" if waits else BEADS.get(step.state, "next")
    bead = icon("check", "xs") if word == "done" else icon("x", "xs") if word == "fail" else str(number)
    again = f"<span>attempt {step.attempt}</span> " if step.attempt > 1 else ""
    error = f"<span>{quoted(step.error[:300])}</span>" if step.error else ""
    held = "<b>waits for you</b> " if waits else ""
    sub = f'<span class="sub">{held}{again}{error}</span>' if held or again or error else ""
    turn = f" · round {step.round}" if step.round > 1 else ""
    return (
        f'<li id="step-{step.pk}" data-s="{word}" data-state="{step.state}"><span class="bead" aria-hidden="true">'
        f'{bead}</span><span class="name">{step.kind}{turn}</span><span class="took">{_took(step)}</span>{sub}</li>'
    )


def _took(step: Step) -> str:
    if step.started_at and step.finished_at:
        return _seconds(step.started_at, step.finished_at)
    return ago(step.started_at)


def _seconds(start: datetime, end: datetime) -> str:
    seconds = max(0, int((end - start).total_seconds()))
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} m {seconds % 60:02}"


# The agent's own words


def plan(run: Run) -> str:
    words = {"completed": ' data-s="done"', "in_progress": ' data-s="now"'}
    rows = "".join(f"<li{words.get(row['status'], '')}>{quoted(row['text'])}</li>" for row in run.plan)
    claims = "".join(f"<li>{quoted(claim['text'])}</li>" for claim in run.claims)
    if not rows and not claims:
        return safe('<section class="agent-plan" id="agent-plan" hidden></section>')
    said = f"<h2>It says</h2><ol>{claims}</ol>" if claims else ""
    return safe(
        f'<section class="agent-plan" id="agent-plan" aria-label="Agent\'s plan"><header><h2>Agent\'s plan</h2>'
        f"<span>{esc(run.agent.name)}</span></header><ol>{rows}</ol>{said}"
        f"<p>{esc(run.agent.name)}'s own words. Not evidence.</p></section>"
    )


# Questions


def question(row: Question) -> str:
    """One open question in the dock, outside the output."""
    permission = row.kind == Question.PERMISSION
    mark = icon("shield-alert" if permission else "message-circle-question-mark")
    asks = "asks for a permission" if permission else "asks you"
    due = f"<span>default {until(row.due_at)}</span>" if row.due_at and row.default is not None else ""
    options = row.options or (["allow", "refuse"] if permission else [])
    url = f"/questions/{row.pk}/answer/"
    buttons = "".join(option(number, str(text), url, default=row.default) for number, text in enumerate(options, 1))
    none = "" if row.default is not None else '<span class="no-default">no default</span>'
    return safe(
        f'<article class="question" id="question-{row.pk}" data-order="{row.pk}" aria-labelledby="q-{row.pk}"><header>'
        f"{mark}<b>{esc(row.run.agent.name)} {asks}</b><span>waits {ago(row.asked_at)}</span>"
        f'<span class="push row">{due}{none}</span></header><div class="inner">'
        f'<h2 class="asked" id="q-{row.pk}">{quoted(row.text)}</h2>{buttons}{"" if permission else _own_answer(row)}'
        f"</div></article>"
    )


def _own_answer(row: Question) -> str:
    """A plain form that run.js sends: fragments carry no hx attributes."""
    return (
        f'<form class="row wrap own-answer" data-needs="reviewer" data-post="/questions/{row.pk}/answer/" data-send>'
        f'<input class="input" name="text" aria-label="Write another answer" placeholder="Write another answer" '
        f'autocomplete="off"><button class="btn" data-size="s" data-act="answer">Answer</button></form>'
    )


# Beside and below


def sent(run: Run) -> str:
    """What people wrote to the agent, and how far it has come."""
    items = run.inbox.exclude(kind=InboxItem.CANCEL).select_related("created_by")
    rows = [(item, str(item.body.get("text") or item.body.get("answer") or item.kind)) for item in items]
    return safe(render_to_string("run/sent.html", {"run": run, "rows": rows}))


def title(task: Task) -> str:
    return safe(f'<h1 id="run-title">{quoted(task.title)}</h1>')


def about(task: Task) -> str:
    """The task, its runs and changes: the same on the page of each of its runs."""
    shown = {"task": task, "runs": queries.runs_of(task), "changes": task.changes.order_by("-id")}
    return safe(render_to_string("run/about.html", shown))


# Live


@live_part(
    facts.RunCreated,
    facts.RunMoved,
    facts.StepMoved,
    facts.ActivitySeen,
    facts.InboxFilled,
    facts.InboxTaken,
    facts.WorkSnapshot,
    topic="runstate",
)
def frames(logged: Logged) -> list[Frame]:
    run = queries.run_page(getattr(logged.fact, "run", 0))
    if isinstance(logged.fact, facts.WorkSnapshot):
        hint = Frame(f"runstate.{run.pk}", kind="hint", target="live-diff", url=f"/runs/{run.pk}/diff/")
        return [*frames_of(run), hint]
    return frames_of(run)


def frames_of(run: Run) -> list[Frame]:
    topic = f"runstate.{run.pk}"
    return [
        Frame(topic, target="run-head", html=head(run)),
        Frame(topic, target="timeline", html=timeline(run)),
        Frame(topic, target="agent-plan", html=plan(run)),
        Frame(topic, target="run-sent", html=sent(run)),
        Frame(topic, target="run-acts", html=acts(run)),
    ]


@live_part(
    facts.TaskChanged,
    facts.RunCreated,
    facts.RunMoved,
    facts.ChangeOpened,
    facts.ChangeMoved,
    topic="task",
)
def task_frames(logged: Logged) -> list[Frame]:
    found = Task.objects.select_related("project").filter(pk__in=tasks_of(logged.fact))
    return [frame for task in found for frame in task_frames_of(task)]


def task_frames_of(task: Task) -> list[Frame]:
    topic = f"task.{task.pk}"
    return [Frame(topic, target="run-title", html=title(task)), Frame(topic, target="run-task", html=about(task))]


@live_part(facts.QuestionAsked, facts.QuestionClosed, topic="runstate")
def question_frames(logged: Logged) -> list[Frame]:
    rows = Question.objects.select_related("run__agent").filter(pk=getattr(logged.fact, "question", 0))
    return [question_frame(row) for row in rows]


def question_frame(row: Question) -> Frame:
    topic, target = f"runstate.{row.run_id}", f"question-{row.pk}"
    if row.state != OPEN:
        return Frame(topic, target=target, swap="remove")
    return Frame(topic, target=target, swap="place", parent="question-dock", html=question(row))
