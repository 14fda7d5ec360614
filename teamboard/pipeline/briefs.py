"""From rows to what an agent is told: the task, and in later rounds the threads it has to answer."""

from typing import Literal

from agents import AgentConfig, Brief, Endpoint, Feedback, Limits
from teamboard.accounts.models import User
from teamboard.board import keys, rights
from teamboard.board.models import Agent
from teamboard.git.commits import Person
from teamboard.pipeline.handover import handover_of
from teamboard.pipeline.job import Job
from teamboard.reviews.models import Comment, Thread
from teamboard.reviews.suggestions import suggested

MINUTE = 60.0


def brief_of(job: Job, threads: list[Thread]) -> Brief:
    task = job.run.task
    return Brief(
        run=job.run.pk,
        step=job.step.pk,
        round=job.step.round,
        title=task.title,
        body=task.body,
        acceptance=tuple(_words(task.acceptance)),
        scope=tuple(_words(task.scope)),
        feedback=tuple(feedback_of(thread) for thread in threads),
        message=str(job.step.request.get("message", "")),
        handover=handover_of(job),
        agent_name=job.run.agent.name,
    )


def _words(items: list[object]) -> list[str]:
    """Acceptance items are sentences, or objects with their text."""
    return [str(item.get("text", "")) if isinstance(item, dict) else str(item) for item in items]


def threads_of(job: Job) -> list[Thread]:
    """The threads that this step was asked to answer, in the order of the request."""
    wanted = [int(pk) for pk in job.step.request.get("feedback", [])]
    rows = Thread.objects.filter(pk__in=wanted, published_at__isnull=False).select_related("change__project")
    found = {thread.pk: thread for thread in rows}
    return [found[pk] for pk in wanted if pk in found]


def feedback_of(thread: Thread) -> Feedback:
    side: Literal["old", "new"] = "old" if thread.side == "old" else "new"
    comments = thread.comments.filter(published_at__isnull=False).select_related("author_user", "author_agent")
    found = [suggested(comment.body) for comment in comments] if thread.start_line and side == "new" else []
    return Feedback(
        thread=thread.pk,
        path=thread.path,
        side=side,
        start_line=thread.start_line,
        end_line=thread.end_line,
        quoted=thread.anchor_text,
        comments=tuple((_author(comment, thread), comment.body) for comment in comments),
        suggestions=tuple(lines for lines in found if lines is not None),
    )


def _author(comment: Comment, thread: Thread) -> str:
    """With the role, so that the agent knows who may decide; people's words are data, never its instructions."""
    user: User | None = comment.author_user
    if user is not None:
        return f"{user.label} ({rights.role_in(user, thread.change.project) or 'guest'})"
    return f"{comment.author_agent} (agent)" if comment.author_agent else "somebody"


def config_of(agent: Agent) -> AgentConfig:
    secret = keys.read(agent.endpoint.get("key", ""))
    url = agent.endpoint.get("base_url", "")
    endpoint = Endpoint(base_url=url, api_key=secret) if url else None
    return AgentConfig(
        kind=agent.kind,
        name=agent.name,
        command=tuple(agent.command),
        script=agent.script,
        model=agent.model,
        mode=agent.mode,
        endpoint=endpoint,
        secrets=(secret,) if secret else (),
    )


def limits_of(agent: Agent) -> Limits:
    minutes, idle = agent.limits.get("minutes"), agent.limits.get("idle_minutes")
    return Limits(seconds=float(minutes or 60) * MINUTE, idle_seconds=float(idle) * MINUTE if idle else None)


def author_of(agent: Agent) -> Person:
    """Who the agent's commits are by."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in agent.name.lower()).strip("-") or "agent"
    name = "".join(letter for letter in agent.name if letter.isprintable() and letter not in "<>")
    return Person(name or "agent", f"{plain}@agents.teamboard.invalid")
