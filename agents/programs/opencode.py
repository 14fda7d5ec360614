"""opencode, headless: `opencode run --format json`."""

import json
from collections.abc import Iterable, Iterator

from agents.contract import AgentEvent, Usage
from agents.programs.dialogue import Arrangement, Calls, Dialogue, Json, Send, Setting, edited, number, said, shown_text

CONFIG = "~/.config/opencode/opencode.json"
_WRITERS = ("write", "edit", "patch")
_ASKS = {"allow": "allow", "ask": "ask", "deny": "deny"}


def base(setting: Setting) -> Arrangement:
    env = {
        f"OPENCODE_DISABLE_{what}": "1" for what in ("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS")
    }
    return Arrangement(argv=setting.program, env=env, files={CONFIG: json.dumps(_config(setting))})


def _config(setting: Setting) -> Json:
    asks = setting.mode if setting.mode in _ASKS else "allow"
    found: Json = {
        "autoupdate": False,
        "share": "disabled",
        "permission": {"edit": asks, "bash": asks, "webfetch": "deny"},
    }
    if setting.url:
        name = f"board/{setting.model}"
        limit = {"context": 128_000, "output": 16_000}
        provider = {
            "npm": "@ai-sdk/openai-compatible",
            "name": "board",
            "options": {"baseURL": setting.url, "apiKey": setting.word},
            "models": {setting.model: {"name": setting.model, "limit": limit}},
        }
        found |= {"model": name, "small_model": name, "enabled_providers": ["board"], "provider": {"board": provider}}
    if setting.callback:
        url, token = setting.callback
        server = {"type": "remote", "url": url, "enabled": True, "headers": {"Authorization": f"Bearer {token}"}}
        found["mcp"] = {"board": server}
    return found


def arrange(setting: Setting) -> Arrangement:
    made = base(setting)
    words = ["run", "--format", "json"] + (["--session", setting.session] if setting.session else [])
    return Arrangement(argv=(*setting.program, *words), env=made.env, files=made.files, stdin=setting.text)


class Opencode(Dialogue):
    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls = Calls()

    def told(self, message: Json) -> Iterator[AgentEvent]:
        self.session = str(message.get("sessionID") or self.session)
        part, kind = message.get("part") or {}, message.get("type")
        if kind == "text":
            yield from said(part.get("text"))
        elif kind == "reasoning":
            yield from said(part.get("text"), thought=True)
        elif kind == "tool_use":
            yield from self._tool(part)
        elif kind == "step_finish":
            yield from _usage(part)
        elif kind == "error":
            error = message.get("error") or {}
            self.problem = ("agent_error", shown_text((error.get("data") or {}).get("message") or error.get("name")))

    def _tool(self, part: Json) -> Iterable[AgentEvent]:
        """Told once, when it is done."""
        state, call = part.get("state") or {}, str(part.get("callID"))
        given, failed = state.get("input") or {}, state.get("status") == "error"
        self._calls.begin(call, str(part.get("tool")), given)
        yield self._calls.done(call, state.get("error") if failed else state.get("output"), failed=failed)
        if not failed and part.get("tool") in _WRITERS:
            yield from edited(
                given.get("filePath"), self.setting.work, str((state.get("metadata") or {}).get("diff") or "")
            )


def _usage(part: Json) -> Iterator[AgentEvent]:
    tokens = part.get("tokens") or {}
    cache = tokens.get("cache") or {}
    cached = number(cache.get("read"))
    yield Usage(
        input_tokens=number(tokens.get("input")) + cached + number(cache.get("write")),
        output_tokens=number(tokens.get("output")) + number(tokens.get("reasoning")),
        cached_tokens=cached,
    )
