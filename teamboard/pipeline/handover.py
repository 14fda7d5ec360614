"""What went before in a run, from the board's record: for an agent whose conversation begins anew."""

from teamboard.pipeline.job import Job
from teamboard.runs.models import WORK, InboxItem, Question
from teamboard.runs.states import ANSWERED, DEFAULTED

_LONGEST = 1500
_MANY = 20


def handover_of(job: Job) -> str:
    """Empty on the first turn. Facts first; what the agent said of its own work is marked as that."""
    turns = job.run.steps.filter(kind=WORK, seq__lt=job.step.seq).count()
    if not turns and job.step.attempt <= 1:
        return ""
    lines = [_opening(job, turns), *_proposed(job), *_answered(job), *_told(job), *_plan(job)]
    lines += [f"- You said of your work: {_one_line(claim['text'])}" for claim in job.run.claims[-3:]]
    return "\n".join(lines)


def _opening(job: Job, turns: int) -> str:
    began = "You worked on this task before" if turns else "You began with this task and were interrupted"
    return f"{began}; that conversation is gone. Your files and commits of then are in this clone: look at them first."


def _proposed(job: Job) -> list[str]:
    rows = job.run.patch_sets.order_by("number")
    return [f"- You proposed patch set {row.number} (commit {row.head_sha[:10]})." for row in rows]


def _answered(job: Job) -> list[str]:
    rows = job.run.questions.filter(state__in=(ANSWERED, DEFAULTED), kind=Question.QUESTION).order_by("pk")
    return [f"- You asked: {_one_line(row.text)} The answer: {_one_line(row.answer)}" for row in rows[:_MANY]]


def _told(job: Job) -> list[str]:
    rows = job.run.inbox.filter(kind=InboxItem.STEER, taken_at__isnull=False).order_by("pk")[:_MANY]
    return [f"- You were told: {_one_line(str(row.body.get('text', '')))}" for row in rows]


def _plan(job: Job) -> list[str]:
    return [f"- Your plan, {entry['status']}: {_one_line(entry['text'])}" for entry in job.run.plan[:_MANY]]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
