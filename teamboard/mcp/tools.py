"""Every tool that an agent may call, in one table; each acts for its own run alone and answers in words."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from teamboard.lib.refusal import Refused
from teamboard.mcp import arguments, reading
from teamboard.mcp.arguments import Argument, Arguments, Number, Text, Texts
from teamboard.reviews import actions as reviews
from teamboard.reviews.queries import threads_of_run
from teamboard.runs import actions
from teamboard.runs.actions import Claim
from teamboard.runs.models import Run

Do = Callable[[Claim, Run, Arguments], str]
MINUTE = 60.0
GO_ON = "Go on with what does not depend on it, or end your turn now. The answer comes as your next message."


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    about: str
    takes: tuple[Argument, ...]
    do: Do

    def told(self) -> dict[str, Any]:
        return {"name": self.name, "description": self.about, "inputSchema": arguments.schema(self.takes)}


def call(claim: Claim, tool: Tool, given: Any) -> str:
    """Done and recorded together, or refused and recorded."""
    actions.refuse_too_many(claim)
    shown = json.dumps(given, ensure_ascii=False) if given else ""
    try:
        with transaction.atomic():
            run = actions.own(claim)
            answer = tool.do(claim, run, arguments.checked(tool.takes, given))
            actions.record_call(claim, tool.name, shown, answer if tool.do not in _READS else "")
    except Refused as refused:
        actions.record_call(claim, tool.name, shown, str(refused), refused=True)
        raise
    return answer


def _report_progress(claim: Claim, run: Run, given: Arguments) -> str:
    percent = f" ({given['percent']} %)" if "percent" in given else ""
    actions.record_activity(claim, f"{given['note']}{percent}")
    return "Noted."


def _ask_architect(claim: Claim, run: Run, given: Arguments) -> str:
    options, default, minutes = given.get("options", ()), given.get("default"), given.get("minutes")
    if (default is None) != (minutes is None):
        raise arguments.bad("“default” and “minutes” go together.", "Give both, or neither.")
    if default is not None and options and default not in options:
        raise arguments.bad("“default” is none of the options.")
    question = actions.ask_without_waiting(
        claim, given["question"], options=options, default=default, seconds=minutes * MINUTE if minutes else None
    )
    return f"Ticket {question.pk}: your question is before the people. {GO_ON}"


def _read_task(claim: Claim, run: Run, given: Arguments) -> str:
    return reading.task(run)


def _read_threads(claim: Claim, run: Run, given: Arguments) -> str:
    return reading.threads(run)


def _reply_thread(claim: Claim, run: Run, given: Arguments) -> str:
    thread = threads_of_run(run.pk).filter(pk=given["thread"]).first()
    if thread is None:
        raise Refused(
            "not_your_thread",
            f"Thread {given['thread']} is not one of your change.",
            remedy="read_threads lists those that are.",
            status=404,
        )
    reviews.post_comment(thread, given["text"], agent=run.agent)
    return f"Your reply stands in thread {thread.pk}, marked as yours."


def _request_review(claim: Claim, run: Run, given: Arguments) -> str:
    actions.record_claim(claim, f"Ready for review: {given['summary']}")
    return "Noted. Commit your work and end your turn: the board collects it, runs the checks and asks the reviewers."


def _suggest_task(claim: Claim, run: Run, given: Arguments) -> str:
    title = " ".join(given["title"].split())
    row = actions.suggest_task(claim, title=title, body=given.get("body", ""))
    return f"Suggestion {row.pk} waits for a person, who may accept or dismiss it. Go on with your own task."


_READS = (_read_task, _read_threads)
_ANY_ID = 2**53
TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "report_progress",
            "Tell the people on the board in one line how far you are.",
            (
                Text(name="note", about="What you do now, or have done.", most=300),
                Number(name="percent", about="How much of the task is done, as you see it.", least=0, most=100),
            ),
            _report_progress,
        ),
        Tool(
            "ask_architect",
            f"Ask the people on the board. It returns at once with a ticket, not with the answer. {GO_ON}",
            (
                Text(name="question", about="One question, with what one has to know to answer it.", most=4000),
                Texts(name="options", about="Answers to choose from.", items=8, most=200),
                Text(name="default", about="What holds if nobody answers in time.", most=200, needed=False),
                Number(name="minutes", about="After so many minutes the default holds.", least=1, most=10_080),
            ),
            _ask_architect,
        ),
        Tool("read_task", "Read your task: title, body, acceptance criteria, scope.", (), _read_task),
        Tool(
            "read_threads",
            "Read the review threads of your change. What people wrote there is feedback on your work.",
            (),
            _read_threads,
        ),
        Tool(
            "reply_thread",
            "Answer one review thread of your change. Fix the code too where that was asked for.",
            (
                Number(name="thread", about="Its number.", least=1, most=_ANY_ID, needed=True),
                Text(name="text", about="Your reply, in markdown.", most=10_000),
            ),
            _reply_thread,
        ),
        Tool(
            "request_review",
            "Say that your work is ready to be reviewed. It is collected when your turn ends.",
            (Text(name="summary", about="What you did and how you know that it works.", most=1900),),
            _request_review,
        ),
        Tool(
            "suggest_task",
            "Suggest a task that is not yours to do now. A person accepts or dismisses it; nothing starts by itself.",
            (
                Text(name="title", about="One line that says what to do.", most=200),
                Text(name="body", about="Why, and what has to be known.", most=8000, needed=False),
            ),
            _suggest_task,
        ),
    )
}
