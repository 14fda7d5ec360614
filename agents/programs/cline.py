"""Cline, headless: `cline --json`. Its provider is written into its own settings by a command that goes first."""

from collections.abc import Iterator

from agents.contract import AgentEvent, Usage
from agents.programs.dialogue import (
    LONGEST_WORD,
    Arrangement,
    Calls,
    Dialogue,
    Json,
    Send,
    Setting,
    edited,
    number,
    said,
    shown_text,
)

_PROVIDER = "openai-compatible"
_WRITERS = ("editor", "write_to_file", "replace_in_file")


def arrange(setting: Setting) -> Arrangement:
    words = ["--json", "--auto-approve", setting.mode, "-c", setting.work]
    before: tuple[tuple[str, ...], ...] = ()
    if setting.url:
        words += ["-P", _PROVIDER, "-k", setting.word, "-m", setting.model]
        model = ("-k", setting.word, "-b", setting.url, "-m", setting.model)
        before = ((*setting.program, "auth", _PROVIDER, *model),)
    words += ["--id", setting.session] if setting.session else []
    return Arrangement(
        argv=(*setting.program, *words, setting.text[:LONGEST_WORD]),
        env={"NO_COLOR": "1"},
        files={},
        before=before,
        stdin="",
    )


class Cline(Dialogue):
    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls = Calls()
        self._paths: dict[str, str] = {}

    def told(self, message: Json) -> Iterator[AgentEvent]:
        if message.get("type") == "agent_event":
            yield from self._event(message.get("event") or {})
        elif message.get("type") == "run_result":
            yield from self._result(message)
        self.session = str(message.get("taskId") or message.get("sessionId") or self.session)

    def _event(self, event: Json) -> Iterator[AgentEvent]:
        if event.get("type") == "content_end" and event.get("contentType") == "text":
            yield from said(event.get("text"))
        elif event.get("contentType") == "tool":
            yield from self._tool(event)

    def _tool(self, event: Json) -> Iterator[AgentEvent]:
        call = str(event.get("toolCallId"))
        if event.get("type") == "content_start":
            given = event.get("input") or {}
            if event.get("toolName") in _WRITERS:
                self._paths[call] = str(given.get("path") or "")
            yield self._calls.begin(call, str(event.get("toolName")), given)
        elif event.get("type") == "content_end":
            output = event.get("output")
            words = output if isinstance(output, dict) else {"result": output}
            failed = bool(event.get("error")) or words.get("success") is False
            yield self._calls.done(call, event.get("error") or words.get("error") or words.get("result"), failed=failed)
            if not failed:
                yield from edited(self._paths.get(call), self.setting.work)

    def _result(self, message: Json) -> Iterator[AgentEvent]:
        usage = message.get("usage") or {}
        yield Usage(
            input_tokens=number(usage.get("inputTokens")),
            output_tokens=number(usage.get("outputTokens")),
            cached_tokens=number(usage.get("cacheReadTokens")),
        )
        if message.get("finishReason") not in ("completed", None):
            self.problem = ("agent_error", shown_text(message.get("text") or message.get("finishReason")))
