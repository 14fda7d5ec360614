"""What a run tells about itself while it works. All of it under the fence."""

from django.db import transaction
from django.utils import timezone

from agents.contract import Plan
from teamboard.events.bus import publish
from teamboard.events.catalogue import ActivitySeen, WorkSnapshot
from teamboard.lib.text import bare
from teamboard.runs.actions.steps import Claim, own
from teamboard.runs.models import Run


@transaction.atomic
def record_base(claim: Claim, sha: str) -> None:
    """The target commit that the workspace was cloned from."""
    Run.objects.filter(pk=own(claim).pk).update(base_sha=sha)


@transaction.atomic
def record_conditions(claim: Claim, words: list[str]) -> None:
    """What this turn is allowed beyond the usual; once said of a run it stays said."""
    run = own(claim)
    new = [word for word in words if word not in run.conditions]
    if not new:
        return
    Run.objects.filter(pk=run.pk).update(conditions=[*run.conditions, *new])
    publish(ActivitySeen(project=run.project_id, task=run.task_id, run=run.pk))


@transaction.atomic
def record_activity(claim: Claim, text: str) -> None:
    """One line that says what the run is doing; the caller keeps it to once a second."""
    run = own(claim)
    line = " ".join(bare(text).split())[:200]
    if line == run.activity:
        return
    Run.objects.filter(pk=run.pk).update(activity=line, activity_at=timezone.now())
    publish(ActivitySeen(project=run.project_id, task=run.task_id, run=run.pk), actor=f"agent:{run.agent_id}")


@transaction.atomic
def record_snapshot(claim: Claim, head: str) -> None:
    """The live diff has a new head."""
    run = own(claim)
    if run.live_head == head:
        return
    Run.objects.filter(pk=run.pk).update(live_head=head)
    fact = WorkSnapshot(project=run.project_id, task=run.task_id, run=run.pk, head=head)
    publish(fact, actor=f"agent:{run.agent_id}")


@transaction.atomic
def record_claim(claim: Claim, text: str) -> None:
    """What the agent says about its own work: kept as a claim, never as a fact (I-26)."""
    run = own(claim)
    told = [*run.claims, {"text": text[:2000], "at": timezone.now().isoformat(), "step": claim.step.pk}]
    Run.objects.filter(pk=run.pk).update(claims=told[-50:])
    publish(ActivitySeen(project=run.project_id, task=run.task_id, run=run.pk), actor=f"agent:{run.agent_id}")


@transaction.atomic
def record_plan(claim: Claim, plan: Plan) -> None:
    run = own(claim)
    entries = [{"text": text[:500], "status": status} for text, status in plan.entries[:200]]
    Run.objects.filter(pk=run.pk).update(plan=entries)
    publish(ActivitySeen(project=run.project_id, task=run.task_id, run=run.pk), actor=f"agent:{run.agent_id}")
