"""Claude Code, headless: JSON lines both ways, permissions asked over standard input."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from agents.contract import AgentEvent, OutputLine, PermissionAsked, Plan, Question, Usage
from agents.programs.dialogue import Arrangement, Calls, Dialogue, Json, Send, Setting, edited, number, said, shown_text
from agents.programs.words import PLAN_STATES, permission_text

# Its own traffic besides the model's would only fail behind the door.
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "MCP_CONNECTION_NONBLOCKING": "0",  # or a server that is slow to start is simply not there
    "MCP_TIMEOUT": "20000",
}
_LOST = "No conversation found"


def arrange(setting: Setting) -> Arrangement:
    words = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    words += ["--permission-mode", setting.mode, "--permission-prompt-tool", "stdio"]
    words += ["--model", setting.model] if setting.model else []
    words += ["--resume", setting.session] if setting.session else []
    words += ["--mcp-config", json.dumps({"mcpServers": _servers(setting)})] if setting.callback else []
    env = {**QUIET}
    if setting.url:
        env |= {"ANTHROPIC_BASE_URL": setting.url, "ANTHROPIC_API_KEY": setting.word}
    return Arrangement(argv=(*setting.program, *words), env=env, files={})


def _servers(setting: Setting) -> Json:
    assert setting.callback
    url, token = setting.callback
    return {"board": {"type": "http", "url": url, "headers": {"Authorization": f"Bearer {token}"}}}


class Claude(Dialogue):
    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls = Calls()
        self._asked: dict[str, Json] = {}

    def begin(self) -> None:
        self._say(self.setting.text)

    def _say(self, text: str) -> None:
        self.send({"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": text}]}})

    def steer(self, text: str) -> bool:
        """It reads a message at its next safe point."""
        if self.over:
            return False
        self._say(text)
        return True

    def told(self, message: Json) -> Iterable[AgentEvent]:
        kind = message.get("type")
        if kind == "assistant":
            return self._assistant(message)
        if kind == "user":
            return self._results(message)
        if kind == "control_request":
            return self._asks(message)
        if kind == "system":
            return self._system(message)
        return self._result(message) if kind == "result" else ()

    def _system(self, message: Json) -> Iterator[AgentEvent]:
        if message.get("subtype") == "init":
            self.session = str(message.get("session_id") or "")
            mode = message.get("permissionMode")
            if mode and mode != self.setting.mode:
                yield OutputLine(stream="board", text=f"It works in the mode {mode}, not {self.setting.mode} as asked.")
        elif message.get("subtype") == "api_retry":
            why = message.get("error") or message.get("error_status") or "an error"
            yield OutputLine(stream="board", text=f"The model did not answer ({why}); it tries again.")

    def _assistant(self, message: Json) -> Iterator[AgentEvent]:
        for block in _blocks(message):
            if block.get("type") == "text":
                yield from said(block.get("text"))
            elif block.get("type") == "thinking":
                yield from said(block.get("thinking"), thought=True)
            elif block.get("type") == "tool_use":
                yield from self._call(block)

    def _call(self, block: Json) -> Iterator[AgentEvent]:
        arguments = block.get("input") or {}
        if block.get("name") == "TodoWrite":
            yield Plan(entries=tuple(_todo(entry) for entry in arguments.get("todos", []) if isinstance(entry, dict)))
            return
        self.begun(str(block.get("id")), str(block.get("name")), arguments)
        yield self._calls.begin(str(block.get("id")), str(block.get("name")), arguments)

    def begun(self, call: str, tool: str, arguments: Json) -> None:
        """For who has to remember it."""

    def _results(self, message: Json) -> Iterator[AgentEvent]:
        for block in _blocks(message):
            call = str(block.get("tool_use_id"))
            if block.get("type") == "tool_result" and self._calls.tool(call):
                failed = bool(block.get("is_error"))
                yield self._calls.done(call, block.get("content"), failed=failed)
                yield from self.done(call, failed=failed)
        more = message.get("tool_use_result")
        if isinstance(more, dict) and isinstance(more.get("structuredPatch"), list):
            diff = "\n".join(_hunk(part) for part in more["structuredPatch"]) or _added(more)
            yield from edited(more.get("filePath"), self.setting.work, diff)

    def done(self, call: str, *, failed: bool) -> Iterable[AgentEvent]:
        """What a finished call means besides; Claude Code tells its edits with the result."""
        return ()

    def _asks(self, message: Json) -> Iterator[AgentEvent]:
        request, key = message.get("request") or {}, str(message.get("request_id"))
        if request.get("subtype") != "can_use_tool":
            self._respond(key, {"subtype": "error", "error": "not known here"})
            return
        self._asked[key] = request
        tool, given = str(request.get("tool_name")), request.get("input") or {}
        if tool == "AskUserQuestion" and (asked := _question(key, given)):
            yield asked
        else:
            yield PermissionAsked(key=key, text=permission_text(tool, given, self.setting.work))

    def answer(self, key: str, text: str) -> bool:
        request = self._asked.pop(key, None)
        if request is None:
            return False
        given = request.get("input") or {}
        if request.get("tool_name") == "AskUserQuestion":
            question = given["questions"][0]["question"]
            verdict = {"behavior": "allow", "updatedInput": {**given, "answers": {question: text}}}
        elif text.startswith("allow"):
            verdict = {"behavior": "allow", "updatedInput": given}
        else:
            verdict = {"behavior": "deny", "message": f"The architect answered: {text}"}
        self._respond(key, {"subtype": "success", "response": verdict})
        return True

    def _respond(self, key: str, response: Json) -> None:
        self.send({"type": "control_response", "response": {**response, "request_id": key}})

    @property
    def waiting(self) -> bool:
        return bool(self._asked)

    def _result(self, message: Json) -> Iterator[AgentEvent]:
        self.over = True
        self.session = str(message.get("session_id") or self.session)
        yield self.used(message)
        if message.get("permission_denials"):
            tools = ", ".join(str(one.get("tool_name")) for one in message["permission_denials"])
            yield OutputLine(stream="board", text=f"It was not allowed: {tools}.")
        if message.get("is_error") or message.get("subtype") != "success":
            words = shown_text(message.get("result") or message.get("errors") or message.get("subtype"))
            self.session_lost = bool(self.setting.session) and _LOST in words
            self.problem = ("agent_error", words)

    def used(self, message: Json) -> Usage:
        usage = message.get("usage") or {}
        cached = number(usage.get("cache_read_input_tokens"))
        return Usage(
            input_tokens=number(usage.get("input_tokens")) + cached + number(usage.get("cache_creation_input_tokens")),
            output_tokens=number(usage.get("output_tokens")),
            cached_tokens=cached,
            usd=message.get("total_cost_usd"),
        )


def _blocks(message: Json) -> Iterator[Json]:
    content = (message.get("message") or {}).get("content")
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    yield from (block for block in content or [] if isinstance(block, dict))


def _todo(entry: Json) -> tuple[str, Any]:
    return str(entry.get("content", "")), PLAN_STATES.get(str(entry.get("status")), "pending")


def _hunk(part: Json) -> str:
    head = f"@@ -{part.get('oldStart')},{part.get('oldLines')} +{part.get('newStart')},{part.get('newLines')} @@"
    return "\n".join([head, *map(str, part.get("lines", []))])


def _added(more: Json) -> str:
    """A new file has no hunks."""
    return "\n".join(f"+{line}" for line in str(more.get("content") or "").splitlines())


def _question(key: str, given: Json) -> Question | None:
    questions = given.get("questions")
    if not isinstance(questions, list) or len(questions) != 1:
        return None
    asked = questions[0]
    options = tuple(str(one.get("label", one)) for one in asked.get("options", []) if isinstance(one, dict))
    return Question(key=key, text=str(asked.get("question", "")), options=options)
