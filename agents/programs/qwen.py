"""Qwen Code, headless: it tells its turn in the shape of Claude Code's stream, and asks for nothing."""

import json

from agents.programs.claude import Claude
from agents.programs.dialogue import Arrangement, Setting


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
    def begin(self) -> None:
        """The brief is its standard input."""

    def steer(self, text: str) -> bool:
        return False
