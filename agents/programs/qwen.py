"""Qwen Code, headless: it tells its turn in the shape of Claude Code's stream, and asks for nothing."""

import json
from collections.abc import Iterable

from agents.contract import AgentEvent, Usage
from agents.programs.claude import Claude
from agents.programs.dialogue import Arrangement, Json, Send, Setting, edited, number

_WRITERS = ("write_file", "edit", "replace")


def base(setting: Setting) -> Arrangement:
    env = {"NO_COLOR": "1"}
    if setting.url:
        env |= {"OPENAI_BASE_URL": setting.url, "OPENAI_API_KEY": setting.word, "OPENAI_MODEL": setting.model}
    settings = {
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "general": {"disableAutoUpdate": True, "enableAutoUpdate": False},
        "security": {"auth": {"selectedType": "openai"}},
    }
    if setting.callback:
        url, token = setting.callback
        board = {"httpUrl": url, "headers": {"Authorization": f"Bearer {token}"}, "trust": True}
        settings["mcpServers"] = {"board": board}
    return Arrangement(argv=setting.program, env=env, files={"~/.qwen/settings.json": json.dumps(settings)})


def arrange(setting: Setting) -> Arrangement:
    made = base(setting)
    words = ["--auth-type", "openai", "--output-format", "stream-json", "--approval-mode", setting.mode]
    words += ["--resume", setting.session] if setting.session else []
    words += ["-p", "Do what the brief above says."]
    return Arrangement(argv=(*setting.program, *words), env=made.env, files=made.files, stdin=setting.text)


class Qwen(Claude):
    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._paths: dict[str, str] = {}

    def begun(self, call: str, tool: str, arguments: Json) -> None:
        if tool in _WRITERS:
            self._paths[call] = str(arguments.get("file_path") or "")

    def done(self, call: str, *, failed: bool) -> Iterable[AgentEvent]:
        return () if failed else edited(self._paths.get(call), self.setting.work)

    def used(self, message: Json) -> Usage:
        """Its input has what came from the cache in it."""
        usage = message.get("usage") or {}
        return Usage(
            input_tokens=number(usage.get("input_tokens")),
            output_tokens=number(usage.get("output_tokens")),
            cached_tokens=number(usage.get("cache_read_input_tokens")),
        )

    def begin(self) -> None:
        """The brief is its standard input."""

    def steer(self, text: str) -> bool:
        return False
