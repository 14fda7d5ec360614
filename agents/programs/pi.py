"""pi, headless: `pi --mode json -p`."""

import json
from collections.abc import Iterator

from agents.contract import AgentEvent, Usage
from agents.programs.dialogue import Arrangement, Calls, Dialogue, Json, Send, Setting, edited, number, said, shown_text

_WRITERS = ("write", "edit")


def arrange(setting: Setting) -> Arrangement:
    words = ["--provider", "board", "--model", setting.model] if setting.url else []
    words += ["--mode", "json"]
    words += ["--session", setting.session] if setting.session else []
    words += ["-p"]
    files = {"~/.pi/agent/models.json": json.dumps(_models(setting))} if setting.url else {}
    return Arrangement(argv=(*setting.program, *words), env={"PI_OFFLINE": "1"}, files=files, stdin=setting.text)


def _models(setting: Setting) -> Json:
    free = {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0}
    model = {
        "id": setting.model, "name": setting.model, "reasoning": False, "input": ["text"],
        "contextWindow": 128_000, "maxTokens": 16_000, "cost": free,
    }  # fmt: skip
    provider = {"baseUrl": setting.url, "apiKey": setting.word, "api": "openai-completions", "models": [model]}
    return {"providers": {"board": provider}}


class Pi(Dialogue):
    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls = Calls()
        self._paths: dict[str, str] = {}

    def told(self, message: Json) -> Iterator[AgentEvent]:
        kind = message.get("type")
        if kind == "session":
            self.session = str(message.get("id") or "")
        elif kind == "message_end":
            yield from self._message(message.get("message") or {})
        elif kind == "tool_execution_start":
            given, call = message.get("args") or {}, str(message.get("toolCallId"))
            if message.get("toolName") in _WRITERS:
                self._paths[call] = str(given.get("path") or "")
            yield self._calls.begin(call, str(message.get("toolName")), given)
        elif kind == "tool_execution_end":
            call, failed = str(message.get("toolCallId")), bool(message.get("isError"))
            yield self._calls.done(call, message.get("result"), failed=failed)
            if not failed:
                yield from edited(self._paths.get(call), self.setting.work)

    def _message(self, message: Json) -> Iterator[AgentEvent]:
        if message.get("role") != "assistant":
            return
        for part in message.get("content") or []:
            yield from said(part.get("text"))
            yield from said(part.get("thinking"), thought=True)
        if message.get("stopReason") == "error":
            self.problem = ("agent_error", shown_text(message.get("errorMessage")))
        else:
            self.problem = None
        yield from _usage(message.get("usage") or {})


def _usage(usage: Json) -> Iterator[AgentEvent]:
    cached = number(usage.get("cacheRead"))
    inward = number(usage.get("input")) + cached + number(usage.get("cacheWrite"))
    if inward or usage.get("output"):
        yield Usage(input_tokens=inward, output_tokens=number(usage.get("output")), cached_tokens=cached)
