"""Gemini, headless: `gemini -p -o stream-json`."""

import json
from collections.abc import Iterable, Iterator

from agents.contract import AgentEvent, Usage
from agents.programs.dialogue import Arrangement, Calls, Dialogue, Json, Send, Setting, edited, number, said, shown_text

_WRITERS = ("write_file", "replace", "edit")


def base(setting: Setting) -> Arrangement:
    env = {"NO_COLOR": "1", "GEMINI_CLI_TRUST_WORKSPACE": "true", "GEMINI_CLI_NO_RELAUNCH": "true"}
    if setting.url:
        env |= {"GOOGLE_GEMINI_BASE_URL": setting.url, "GEMINI_API_KEY": setting.word}
    env |= {"GEMINI_MODEL": setting.model} if setting.model else {}
    return Arrangement(argv=setting.program, env=env, files={"~/.gemini/settings.json": json.dumps(_settings(setting))})


def _settings(setting: Setting) -> Json:
    found: Json = {
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {"enableAutoUpdate": False, "disableAutoUpdate": True},
    }
    if setting.url:
        found["security"] = {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}}
    if setting.callback:
        url, token = setting.callback
        found["mcpServers"] = {
            "board": {"httpUrl": url, "headers": {"Authorization": f"Bearer {token}"}, "trust": True}
        }
    return found


def arrange(setting: Setting) -> Arrangement:
    """The brief comes by standard input; `-p` only says that nobody sits before it."""
    made = base(setting)
    words = ["-m", setting.model] if setting.model else []
    words += ["--output-format", "stream-json", "--approval-mode", setting.mode, "--skip-trust"]
    words += ["--resume", setting.session] if setting.session else []
    words += ["-p", "Do what the brief above says."]
    return Arrangement(argv=(*setting.program, *words), env=made.env, files=made.files, stdin=setting.text)


class Gemini(Dialogue):
    """init, message, tool_use, tool_result, result; the agent's words come in pieces."""

    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls, self._text = Calls(), ""
        self._paths: dict[str, str] = {}

    def told(self, message: Json) -> Iterable[AgentEvent]:
        kind = message.get("type")
        if kind == "message":
            return self._message(message)
        return self._other(kind, message)

    def _message(self, message: Json) -> Iterator[AgentEvent]:
        if message.get("role") != "assistant":
            return
        self._text += shown_text(message.get("content"))
        if not message.get("delta"):
            yield from self.end()

    def _other(self, kind: object, message: Json) -> Iterator[AgentEvent]:
        yield from self.end()
        call = str(message.get("tool_id"))
        if kind == "init":
            self.session = str(message.get("session_id") or "")
        elif kind == "tool_use":
            arguments = message.get("parameters") or {}
            if message.get("tool_name") in _WRITERS:
                self._paths[call] = str(arguments.get("file_path") or "")
            yield self._calls.begin(call, str(message.get("tool_name")), arguments)
        elif kind == "tool_result":
            failed = message.get("status") != "success"
            yield self._calls.done(call, message.get("output") or message.get("error"), failed=failed)
            if not failed:
                yield from edited(self._paths.get(call), self.setting.work)
        elif kind == "error" and message.get("severity") == "error":
            self.problem = ("agent_error", shown_text(message.get("message")))
        elif kind == "result":
            yield from self._result(message)

    def _result(self, message: Json) -> Iterator[AgentEvent]:
        self.over = True
        stats = message.get("stats") or {}
        yield Usage(
            input_tokens=number(stats.get("input_tokens")),
            output_tokens=number(stats.get("output_tokens")),
            cached_tokens=number(stats.get("cached")),
        )
        if message.get("status") != "success":
            self.problem = ("agent_error", shown_text((message.get("error") or {}).get("message")))

    def end(self) -> Iterable[AgentEvent]:
        text, self._text = self._text, ""
        return said(text)
