"""One turn of an agent: its events become output, rows and answers, until it has finished."""

import time
from collections.abc import Iterator

from django.conf import settings

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
from teamboard.pipeline.metering import OVER, Metering
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import Thread
from teamboard.runs import actions
from teamboard.runs.models import InboxItem
from teamboard.runs.models import Question as QuestionRow
from teamboard.runs.states import OPEN

ACTIVITY_EVERY = 1.0
INBOX_EVERY = 0.5
# Where too many wait already, silence of a second is enough to be sure that this one does.
CROWDED = 1.0


class Turn:
    """Iterates a runner's events. Everything written to the database goes through the fence of the step."""

    def __init__(self, job: Job, runner: Runner) -> None:
        self.job, self.runner = job, runner
        self._activity, self._told_at, self._told = "", 0.0, ""
        self._read_at = 0.0
        self._asked: dict[str, bool] = {}  # key of what is open -> whether it is a permission
        self._heard_at = time.monotonic()
        self._metering = Metering(job)

    def run(self, brief: Brief, place: Place, limits: Limits) -> Finished | None:
        """None: it only waits for people. Its process was ended, what they answer starts the next turn (D18)."""
        finished = self._listen(brief, place, limits)
        self._tell_calls()
        return finished

    def _listen(self, brief: Brief, place: Place, limits: Limits) -> Finished | None:
        self.job.keeper.on_lost(self.runner.cancel)
        events: Iterator[AgentEvent] = self.runner.work(brief, place, limits)
        try:
            for event in events:
                self.job.keeper.check()
                if isinstance(event, Finished):
                    return self._verdict(event)
                self.hear(event)
                self._look_up()
                if self._only_waits():
                    return None
        finally:
            self._end(events)
        raise AssertionError("a runner's last event is Finished")

    def _verdict(self, ended: Finished) -> Finished:
        """Killed for a budget; one that was done all the same is done."""
        if self._metering.over and ended.reason:
            return Finished(exit_code=ended.exit_code, reason=OVER, detail=self._metering.over)
        return ended

    def _end(self, events: Iterator[AgentEvent]) -> None:
        """End the process and everything it started, and count what it used until then."""
        self.runner.cancel()
        for event in events:
            if isinstance(event, Usage):
                self._metering.use(event)
        close = getattr(events, "close", None)
        if close:
            close()
        self._metering.tell()

    def _use(self, usage: Usage) -> None:
        self._metering.use(usage)
        if self._metering.over:
            self.runner.cancel()

    def _only_waits(self) -> bool:
        """Plain output is no work: a spinner turns for ever."""
        if not self._asked or any(self._asked.values()):
            return False
        crowded = self.job.slot is not None and self.job.slot.crowded
        patience = min(CROWDED, settings.PARK_SECONDS) if crowded else settings.PARK_SECONDS
        return time.monotonic() - self._heard_at > patience

    def hear(self, event: AgentEvent) -> None:
        say = self.job.output.say
        if not isinstance(event, Tick | OutputLine):
            self._heard_at = time.monotonic()
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
                self._use(event)
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
            return
        self._asked[event.key] = kind == "permission"
        # A permission takes its default soon and keeps its slot until then.
        if self.job.slot and not any(self._asked.values()):
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
        self._metering.waits(bool(self._asked))
        self._metering.tick()
        if now - self._read_at >= INBOX_EVERY:
            self._read_at = now
            self._tell_calls()
            for item in actions.read_inbox(self.job.claim):
                self._give(item)
        if now - self._told_at >= ACTIVITY_EVERY and self._activity != self._told:
            self._told_at, self._told = now, self._activity
            actions.record_activity(self.job.claim, self._activity)

    def _tell_calls(self) -> None:
        """What the agent called the board back for, among what it printed."""
        for call in actions.take_calls(self.job.claim):
            fields = {"tool": call.tool, "arguments": call.arguments, "result": call.answer, "failed": call.refused}
            self.job.output.say(f"{call.tool} {call.arguments}".strip(), "event", kind="call", **fields)

    def _give(self, item: InboxItem) -> None:
        text = item.body["text"]
        if item.kind == InboxItem.STEER:
            self._steer(item, text, text)
        elif item.body["key"].startswith(QuestionRow.CALLED):
            asked = QuestionRow.objects.filter(pk=item.body.get("question")).values_list("text", flat=True).first()
            self._steer(item, f"You asked: {asked}\nThe answer: {text}", text)
        else:
            self._answer(item, text)

    def _steer(self, item: InboxItem, told: str, shown: str) -> None:
        """Left for the next turn where this one cannot hear it."""
        if self.runner.steer(told):
            actions.take_item(self.job.claim, item)
            self.job.output.say(shown, "event", kind=item.kind)

    def _answer(self, item: InboxItem, text: str) -> None:
        self._asked.pop(item.body["key"], None)
        if self.job.slot and not self._asked:
            self.job.slot.resume(self.job.keeper.check)
        self.runner.answer(item.body["key"], text)
        actions.take_item(self.job.claim, item)
        self.job.output.say(text, "event", kind="answer", question=item.body.get("question"))
