"""One turn of an agent: its events become output, rows and answers, until it has finished."""

import time
from collections.abc import Iterator

from agents import AgentEvent, Brief, Limits, Place, Runner
from agents.contract import (
    Claim,
    Edit,
    Finished,
    Message,
    OutputLine,
    PermissionAsked,
    Plan,
    Question,
    ThreadReply,
    Tick,
    ToolCall,
    Usage,
)
from teamboard.lib.refusal import Refused
from teamboard.pipeline.job import Job
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Thread
from teamboard.runs import actions
from teamboard.runs.models import InboxItem
from teamboard.runs.states import OPEN

ACTIVITY_EVERY = 1.0
INBOX_EVERY = 0.5


class Turn:
    """Iterates a runner's events. Everything written to the database goes through the fence of the step."""

    def __init__(self, job: Job, runner: Runner) -> None:
        self.job, self.runner = job, runner
        self._activity, self._told_at, self._told = "", 0.0, ""
        self._read_at = 0.0
        self._unanswered: set[str] = set()

    def run(self, brief: Brief, place: Place, limits: Limits) -> Finished:
        self.job.keeper.on_lost(self.runner.cancel)
        events: Iterator[AgentEvent] = self.runner.work(brief, place, limits)
        try:
            for event in events:
                self.job.keeper.check()
                if isinstance(event, Finished):
                    return event
                self.hear(event)
                self._look_up()
        finally:
            close = getattr(events, "close", None)
            if close:
                close()  # ends the process and everything it started
        raise AssertionError("a runner's last event is Finished")

    def hear(self, event: AgentEvent) -> None:
        say = self.job.output.say
        match event:
            case Tick():
                return
            case OutputLine(stream=stream, text=text):
                say(text, stream)
                self._doing(text)
            case Message(text=text, thought=thought):
                say(text, "event", kind="thought" if thought else "message")
                self._doing(text)
            case ToolCall(call=call, tool=tool, arguments=arguments, result=result, failed=failed):
                fields = {"call": call, "tool": tool, "arguments": arguments, "result": result, "failed": failed}
                say(f"{tool} {arguments}".strip(), "event", kind="tool_call", **fields)
                self._doing(f"{tool} {arguments}")
            case Edit(path=path):
                say(f"edits {path}", "event", kind="edit", path=path)
                self._doing(f"edits {path}")
            case Question() | PermissionAsked():
                self._ask(event)
            case _:
                self._note(event)

    def _note(self, event: AgentEvent) -> None:
        claim, say = self.job.claim, self.job.output.say
        match event:
            case Plan(entries=entries):
                actions.record_plan(claim, event)
                say(f"plan: {len(entries)} entries", "event", kind="plan", entries=[list(entry) for entry in entries])
            case Usage():
                actions.record_usage(claim, event)
            case Claim(text=text):
                actions.record_claim(claim, text)
                say(text, "event", kind="claim")
            case ThreadReply(thread=thread, text=text):
                self._reply(thread, text)

    def _ask(self, event: Question | PermissionAsked) -> None:
        question = actions.ask(self.job.claim, event)
        kind = "permission" if isinstance(event, PermissionAsked) else "question"
        self.job.output.say(event.text, "event", kind=kind, question=question.pk, options=list(question.options))
        if question.state != OPEN:  # answered while an earlier worker had the step
            self.runner.answer(event.key, question.answer)
        elif isinstance(event, Question) and event.default is None:
            self._unanswered.add(event.key)
            if self.job.slot:
                self.job.slot.pause()

    def _reply(self, thread_id: int, text: str) -> None:
        """Only to a thread of this run's own change (I-47)."""
        thread = Thread.objects.filter(pk=thread_id, change__patch_sets__run=self.job.run).first()
        if thread is None:
            self.job.output.say(f"The agent answered thread {thread_id}, which is not one of its own; left out.")
            return
        try:
            reviews.post_comment(thread, text, agent=self.job.run.agent)
        except Refused as refused:
            self.job.output.say(str(refused))
            return
        self.job.output.say(text, "event", kind="thread_reply", thread=thread_id)

    def _doing(self, text: str) -> None:
        line = next((line.strip() for line in reversed(text.split("\n")) if line.strip()), "")
        self._activity = line or self._activity

    def _look_up(self) -> None:
        """Between events: what people sent, and at most once a second the line that says what goes on."""
        now = time.monotonic()
        if now - self._read_at >= INBOX_EVERY:
            self._read_at = now
            for item in actions.read_inbox(self.job.claim):
                self._give(item)
        if now - self._told_at >= ACTIVITY_EVERY and self._activity != self._told:
            self._told_at, self._told = now, self._activity
            actions.record_activity(self.job.claim, self._activity)

    def _give(self, item: InboxItem) -> None:
        if item.kind == InboxItem.ANSWER:
            self._unanswered.discard(item.body["key"])
            if self.job.slot and not self._unanswered:
                self.job.slot.resume(self.job.keeper.check)
            self.runner.answer(item.body["key"], item.body["text"])
            actions.take_item(self.job.claim, item)
            self.job.output.say(item.body["text"], "event", kind="answer", question=item.body.get("question"))
        elif self.runner.steer(item.body["text"]):
            actions.take_item(self.job.claim, item)
            self.job.output.say(item.body["text"], "event", kind="steer")
