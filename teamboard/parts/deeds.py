"""What can be done with a run now; a failed one says why and what helps."""

from teamboard.parts import cost
from teamboard.parts.marks import ago, esc, icon, quoted, safe, status
from teamboard.runs import failures
from teamboard.runs.models import Run
from teamboard.runs.states import FAILED, FINAL_RUN, RUNNING


def acts(run: Run) -> str:
    stop = (
        f'<button type="button" class="btn" data-kind="reject" data-needs="architect" data-act="stop" '
        f'data-url="/runs/{run.pk}/stop/">{icon("square")}Stop run</button>'
    )
    resume = (
        f'<button type="button" class="btn" data-kind="primary" data-needs="architect" data-act="resume" '
        f'data-url="/runs/{run.pk}/resume/">{icon("play")}Resume run</button>'
    )
    if run.state == FAILED:
        more = cost.raise_form(run)
        inner = f"{_failure(run, more)}" if more else f'{_failure(run)}<div class="bar">{resume}</div>'
    elif run.state == "cancelled":
        inner = f'<div class="bar">{resume}<span class="micro mute">Its work so far is kept.</span></div>'
    elif run.state in FINAL_RUN:
        inner = f'<div class="bar">{status("good", icon("git-merge"), "merged")}</div>'
    else:
        inner = f'<div class="bar">{stop}<span class="micro mute push">{_hears(run)}</span></div>'
    ended = " data-ended" if run.state in FINAL_RUN else ""
    return safe(f'<div id="run-acts"{ended}>{inner}</div>')


def _hears(run: Run) -> str:
    """Where what is written to it goes now."""
    if run.state == RUNNING:
        return "It reads what you write at its next chance."
    if run.parked_at and run.waiting_for in ("question", "permission"):
        return (
            f"It waits; its process was ended {ago(run.parked_at)} ago, the answer starts it again in the same clone."
        )
    return "It reads what you write when it goes on."


def _failure(run: Run, more: str = "") -> str:
    known = failures.failure(run.failure_code)
    detail = f'<p class="mono">{quoted(run.failure_detail[:2000])}</p>' if run.failure_detail else ""
    return (
        f'<div class="failure" data-code="{esc(run.failure_code)}">{icon("circle-x", "")}'
        f'<p class="why">{esc(known.sentence)}</p>{detail}<p>{esc(known.remedy)}</p>{more}</div>'
    )
