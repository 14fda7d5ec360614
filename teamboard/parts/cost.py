"""What work costs, in quiet words: how much, who counted it, and how far the budgets are used."""

from teamboard.board.models import Task
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import esc, icon, safe
from teamboard.parts.registry import Frame, live_part, looked_at
from teamboard.runs import budgets, costs
from teamboard.runs.costs import Cost
from teamboard.runs.models import Run


def dollars(micros: int) -> str:
    """Cents matter little above a dollar, and are all there is below one."""
    value = micros / costs.MICROS
    return f"${value:,.2f}" if value >= 1 or not value else f"${value:.4f}"


def money(cost: Cost) -> str:
    """Unknown is said; it is never shown as nothing."""
    if cost.micros is None:
        return "cost unknown" if cost.tokens or cost.unread else ""
    rest = f" and {cost.unpriced:,} tokens without a price" if cost.unpriced else ""
    return dollars(cost.micros) + rest


def whose(cost: Cost, labels: list[str] | None = None) -> str:
    """Who counted the tokens and who says what they cost."""
    if cost.empty:
        return ""
    counted = "counted at the door" if cost.through_door else "counted by the agent itself"
    if cost.through_door and cost.by_itself:
        counted = "counted at the door, and in part by the agent itself"
    said = ["reported by the agent"] if cost.by_agent else []
    if cost.by_table:
        said.append(f"priced by {', '.join(labels)}" if labels else "priced by table")
    return ", ".join([counted if cost.tokens else "", " and ".join(said)]).strip(", ")


def spoken(cost: Cost) -> list[str]:
    """Tokens, money, and the time that agents were at work."""
    cached = f" ({cost.cached:,} from a cache)" if cost.cached else ""
    tokens = f"{cost.input:,} tokens in{cached}, {cost.output:,} out" if cost.tokens else ""
    return [words for words in (money(cost), tokens, took(cost.seconds)) if words]


def took(seconds: float) -> str:
    if not seconds:
        return ""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s at work" if whole >= 60 else f"{whole} s at work"


def doubts(cost: Cost) -> list[str]:
    """Where two counts differ, and what nobody counted."""
    found = []
    if cost.difference:
        words = "more" if cost.difference > 0 else "fewer"
        found.append(f"The agent says {abs(cost.difference):,} tokens {words} than the door counted; the door's count.")
    if cost.unread:
        found.append(f"{cost.unread:,} answers of the model told no tokens; they are not in here.")
    return found


def _panel(target: str, cost: Cost, notes: list[str], labels: list[str] | None = None) -> str:
    body = "".join(f"<p>{esc(words)}</p>" for words in (" · ".join(spoken(cost)), whose(cost, labels), *notes) if words)
    hidden = "" if body else " hidden"
    return safe(
        f'<section class="section cost" id="{target}" aria-label="Cost"{hidden}><div class="section-head"><h2>Cost</h2>'
        f'</div><div class="small soft">{body}</div></section>'
    )


# The pages of a run and of a task


def of_run(run: Run) -> str:
    spends = list(run.spends.all())
    cost = costs.cost_of(run=run.pk)
    near = [_standing(one) for one in budgets.standings(run)]
    return _panel("run-cost", cost, [*doubts(cost), *near], costs.price_labels(spends))


def _standing(one: budgets.Standing) -> str:
    blind = f" {one.unpriced:,} tokens without a price are not in it." if one.unpriced else ""
    return f"{budgets.words(one)}{' Nearly all.' if one.warns and not one.spent else ''}{blind}"


def of_task(task: Task) -> str:
    cost = costs.cost_of(task=task.pk)
    return _panel("task-cost", cost, doubts(cost))


def near_limit(run: Run) -> str:
    """A mark in the run's head once a budget warns."""
    worst = max((one for one in budgets.standings(run) if one.warns), key=lambda one: one.share, default=None)
    if worst is None:
        return ""
    title = esc(budgets.words(worst))
    share = f"{min(worst.share, 9.99):.0%} of a budget"
    return f'<span class="chip" data-tone="human" title="{title}">{icon("gauge")}{share}</span>'


def raise_form(run: Run) -> str:
    """More room for whatever holds the run up, as much again as it was given unless one says otherwise."""
    held = budgets.spent(budgets.standings(run))
    if not held:
        return ""
    fields = "".join(
        _field(unit, held) for unit in (budgets.USD, budgets.TOKENS) if any(one.unit == unit for one in held)
    )
    return (
        f'<form class="more-room" data-needs="architect" data-post="/runs/{run.pk}/allow/" data-send>'
        f'{fields}<button class="btn" data-kind="primary" data-act="allow">{icon("play")}'
        f"Allow this much more and continue from here</button></form>"
    )


def _field(unit: str, held: list[budgets.Standing]) -> str:
    most = max(one.limit for one in held if one.unit == unit)
    value = f"{most / costs.MICROS:.2f}" if unit == budgets.USD else str(most)
    word = "Dollars" if unit == budgets.USD else "Tokens"
    field = f'<input class="input" name="{unit}" value="{value}" inputmode="decimal" autocomplete="off">'
    return f'<label class="row small">{word}{field}</label>'


# Live


@live_part(facts.SpendCounted, facts.CostRulesChanged, topic="task")
def task_frames(logged: Logged) -> list[Frame]:
    pk = getattr(logged.fact, "task", None)
    rows = Task.objects.filter(pk=pk) if pk else looked_at("task", Task.objects.filter(project=logged.project))
    return [Frame(f"task.{task.pk}", target="task-cost", html=of_task(task)) for task in rows]
