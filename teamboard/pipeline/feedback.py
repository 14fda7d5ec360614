"""What reviews mean for runs: feedback starts the next round, a merge frees dependents, a rejection stops work."""

from teamboard.board.models import Project
from teamboard.lib.refusal import Refused
from teamboard.pipeline.workspaces import of_run
from teamboard.reviews.models import Change, Thread
from teamboard.reviews.states import ABANDONED, MERGED, OPEN
from teamboard.runs import actions
from teamboard.runs.models import Run
from teamboard.runs.states import CANCELLED, FINAL_RUN


def send_feedback(change_id: int) -> None:
    """Open threads that were sent and that no round has been given yet; harmless to repeat."""
    change = Change.objects.get(pk=change_id)
    run = run_of(change)
    if run is None or change.state != OPEN:
        return
    sent = Thread.objects.filter(
        change=change, state=OPEN, published_at__isnull=False, sent_at__isnull=False, delivered_at=None
    )
    new = list(sent.order_by("id").values_list("pk", flat=True))
    if not new:
        return
    try:
        actions.request_round(run, feedback=new)
    except Refused:
        return  # merged in the meantime


def run_of(change: Change) -> Run | None:
    """The run that wrote the change, if an agent did."""
    newest = change.patch_sets.filter(run__isnull=False).order_by("number").last()
    return newest.run if newest else None


def follow_change(change_id: int) -> None:
    """A change was merged, rejected or restored: its run follows."""
    change = Change.objects.select_related("project").get(pk=change_id)
    run = run_of(change)
    if run is not None:
        _follow(change, run)
    if change.state == MERGED:
        actions.start_waiting(change.project)


def _follow(change: Change, run: Run) -> None:
    try:
        if change.state == MERGED:
            actions.succeed_run(run)
            of_run(run.pk).forget()
        elif change.state == ABANDONED and run.state not in FINAL_RUN:
            actions.cancel_run(run)
        elif change.state == OPEN and run.state == CANCELLED:
            actions.resume_run(run)
    except Refused:
        return  # somebody was faster


def start_free(project_id: int) -> None:
    actions.start_waiting(Project.objects.get(pk=project_id))


def unsent() -> list[int]:
    """Changes whose threads were sent but never given to a round: what a lost message left behind."""
    rows = Thread.objects.filter(
        change__state=OPEN, change__origin=Change.RUN, state=OPEN, sent_at__isnull=False, delivered_at=None
    )
    return list(rows.values_list("change_id", flat=True).distinct())
