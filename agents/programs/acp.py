"""The Agent Client Protocol: JSON-RPC over lines, both ways. One dialogue for every program that speaks it."""

from collections.abc import Iterable, Iterator
from typing import Any

from agents.contract import AgentEvent, OutputLine, PermissionAsked, Plan, Usage
from agents.programs.dialogue import Calls, Dialogue, Json, Send, Setting, edited, number, said, shown_text
from agents.programs.words import PLAN_STATES, small_diff

VERSION = 1
_GATHERED = 4000  # letters of a message that comes in pieces, before it is shown
_REFUSED = -32601


class Acp(Dialogue):
    """initialize, then a new session or the old one, its mode, and the prompt; each answer leads to the next."""

    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls, self._next, self._sent = Calls(), 0, dict[int, str]()
        self._asked: dict[str, tuple[Any, list[Json]]] = {}
        self._text, self._thought = "", False
        self._diffs: dict[str, list[Json]] = {}
        self._replaying, self._loads, self._resumes, self._mode = False, False, False, ""
        self._more: list[str] = []
        self._by_http = False  # its MCP servers may be reached by HTTP; by stdio every one can

    # What is asked of it

    def begin(self) -> None:
        files = {"readTextFile": False, "writeTextFile": False}
        client = {"name": "teamboard", "version": "1"}
        told = {
            "protocolVersion": VERSION,
            "clientCapabilities": {"fs": files, "terminal": False},
            "clientInfo": client,
        }
        self._request("initialize", **told)

    def _request(self, method: str, **params: Any) -> None:
        self._next += 1
        self._sent[self._next] = method
        self.send({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})

    def _open(self) -> None:
        fields = {"cwd": self.setting.work, "mcpServers": self._servers()}
        if self.setting.session and (self._loads or self._resumes):
            self._replaying = self._loads
            method = "session/load" if self._loads else "session/resume"
            self._request(method, sessionId=self.setting.session, **fields)
        else:
            self.session_lost = bool(self.setting.session)
            if self.session_lost:
                self.over = True
                return
            self._request("session/new", **fields)

    def _servers(self) -> list[Json]:
        if not self.setting.callback:
            return []
        url, token = self.setting.callback
        if self._by_http:
            headers = [{"name": "Authorization", "value": f"Bearer {token}"}]
            return [{"type": "http", "name": "board", "url": url, "headers": headers}]
        env = [{"name": "TEAMBOARD_URL", "value": url}, {"name": "TEAMBOARD_TOKEN", "value": token}]
        return [{"name": "board", "command": "python3", "args": ["-I", "-S", self.setting.proxy], "env": env}]

    def _prompt(self, text: str) -> None:
        self._request("session/prompt", sessionId=self.session, prompt=[{"type": "text", "text": text}])

    def steer(self, text: str) -> bool:
        """The protocol has one prompt at a time: it is the next one, before the turn is over."""
        if self.over:
            return False
        self._more.append(text)
        return True

    # What it answers

    def told(self, message: Json) -> Iterable[AgentEvent]:
        if "method" in message:
            return self._called(message)
        method = self._sent.pop(message.get("id", 0), "")
        if "error" in message:
            return self._failed(method, message["error"])
        return self._answered(method, message.get("result") or {})

    def _failed(self, method: str, error: Any) -> Iterator[AgentEvent]:
        words = shown_text((error.get("data") or error.get("message")) if isinstance(error, dict) else error)
        if method == "session/set_mode":
            yield OutputLine(stream="board", text=f"It does not take the mode {self.setting.mode}: {words}")
            self._prompt(self.setting.text)
            return
        self.over = True
        self.session_lost = method in ("session/load", "session/resume")
        self.problem = ("agent_error", f"{method}: {words}")

    def _answered(self, method: str, result: Json) -> Iterator[AgentEvent]:
        if method == "initialize":
            able = result.get("agentCapabilities") or {}
            self._loads = bool(able.get("loadSession"))
            self._resumes = "resume" in (able.get("sessionCapabilities") or {})
            self._by_http = bool((able.get("mcpCapabilities") or {}).get("http"))
            self._open()
        elif method in ("session/new", "session/load", "session/resume"):
            self._replaying = False
            self.session = str(result.get("sessionId") or self.setting.session)
            yield from self._settle(result)
        elif method == "session/set_mode":
            self._prompt(self.setting.text)
        elif method == "session/prompt":
            yield from self._ended(result)

    def _settle(self, opened: Json) -> Iterator[AgentEvent]:
        """Always say the mode: some start in one that asks for nothing."""
        modes = opened.get("modes") or {}
        known = [str(one.get("id")) for one in modes.get("availableModes") or [] if isinstance(one, dict)]
        wanted = next((mode for mode in self.setting.mode.split("|") if mode in known), "")
        self._mode = str(modes.get("currentModeId") or "")
        if wanted:
            self._mode = wanted
            self._request("session/set_mode", sessionId=self.session, modeId=wanted)
            return
        if self.setting.mode and known:
            yield OutputLine(stream="board", text=f"It has no mode {self.setting.mode}; it works in {self._mode}.")
        self._prompt(self.setting.text)

    def _ended(self, result: Json) -> Iterator[AgentEvent]:
        yield from self._flush()
        yield from _usage(result)
        if result.get("stopReason") == "refusal":
            self.problem = ("agent_error", "The model refused to go on.")
        if self._more and result.get("stopReason") != "cancelled":
            text, self._more = "\n\n".join(self._more), []
            self._prompt(text)
            return
        self.over = True

    # What it tells and asks meanwhile

    def _called(self, message: Json) -> Iterator[AgentEvent]:
        method, params = message["method"], message.get("params") or {}
        if method == "session/update" and not self._replaying:
            yield from self._update(params.get("update") or {})
        elif method == "session/request_permission":
            yield from self._flush()
            yield from self._permission(message.get("id"), params)
        elif method == "teamboard/wrote":  # the launcher served it inside
            yield from edited(params.get("path"), self.setting.work)
        elif "id" in message and method != "session/update":
            error = {"code": _REFUSED, "message": "The board does not offer this."}
            self.send({"jsonrpc": "2.0", "id": message["id"], "error": error})

    def _update(self, update: Json) -> Iterator[AgentEvent]:
        kind = update.get("sessionUpdate")
        if kind in ("agent_message_chunk", "agent_thought_chunk"):
            yield from self._piece_of_text(update, thought=kind == "agent_thought_chunk")
            return
        yield from self._flush()
        if kind in ("tool_call", "tool_call_update"):
            yield from self._tool(update)
        elif kind == "plan":
            entries = [entry for entry in update.get("entries") or [] if isinstance(entry, dict)]
            yield Plan(entries=tuple(_entry(entry) for entry in entries))
        elif kind == "current_mode_update" and (mode := update.get("currentModeId")) != self._mode:
            yield OutputLine(stream="board", text=f"It changed its mode to {mode}.")

    def _piece_of_text(self, update: Json, *, thought: bool) -> Iterator[AgentEvent]:
        if thought != self._thought:
            yield from self._flush()
        self._thought = thought
        self._text += shown_text(update.get("content"))
        if len(self._text) > _GATHERED:
            yield from self._flush()

    def _flush(self) -> Iterator[AgentEvent]:
        text, self._text = self._text, ""
        yield from said(text, thought=self._thought)

    def end(self) -> Iterable[AgentEvent]:
        return self._flush()

    def _tool(self, update: Json) -> Iterator[AgentEvent]:
        call, done = str(update.get("toolCallId")), update.get("status") in ("completed", "failed")
        parts = [part for part in update.get("content") or [] if isinstance(part, dict)]
        # An edit is told when it is proposed, or when it is done, or both times.
        self._diffs[call] = [part for part in parts if part.get("type") == "diff"] or self._diffs.get(call, [])
        if not self._diffs[call] and update.get("kind") == "edit":
            self._diffs[call] = [{"path": one.get("path")} for one in update.get("locations") or []]
        if not self._calls.tool(call) or update.get("title") or update.get("rawInput"):
            title = update.get("title") or self._calls.tool(call) or update.get("kind") or "tool"
            begun = self._calls.begin(call, str(title), update.get("rawInput") or {})
            if not done:
                yield begun
        if done:
            yield from self._done(call, parts, update)

    def _done(self, call: str, parts: list[Json], update: Json) -> Iterator[AgentEvent]:
        failed = update.get("status") == "failed"
        texts = [part.get("content") for part in parts if part.get("type") == "content"]
        yield self._calls.done(call, texts or update.get("rawOutput"), failed=failed)
        for part in self._diffs.pop(call, []) if not failed else ():
            diff = small_diff(str(part.get("oldText") or ""), str(part.get("newText") or ""))
            yield from edited(part.get("path"), self.setting.work, diff)

    def _permission(self, request: Any, params: Json) -> Iterator[AgentEvent]:
        call = params.get("toolCall") or {}
        title = call.get("title") or self._calls.tool(str(call.get("toolCallId"))) or "an action"
        key = f"permission-{request}"
        self._asked[key] = (request, [one for one in params.get("options") or [] if isinstance(one, dict)])
        yield PermissionAsked(key=key, text=str(title).replace(self.setting.work.rstrip("/") + "/", ""))

    def answer(self, key: str, text: str) -> bool:
        found = self._asked.pop(key, None)
        if found is None:
            return False
        request, options = found
        kinds = ("allow_once", "allow_always") if text.startswith("allow") else ("reject_once", "reject_always")
        option = next((one for kind in kinds for one in options if one.get("kind") == kind), None)
        outcome = {"outcome": "selected", "optionId": option["optionId"]} if option else {"outcome": "cancelled"}
        self.send({"jsonrpc": "2.0", "id": request, "result": {"outcome": outcome}})
        return True

    @property
    def waiting(self) -> bool:
        return bool(self._asked)


def _entry(entry: Json) -> tuple[str, Any]:
    return str(entry.get("content", "")), PLAN_STATES.get(str(entry.get("status")), "pending")


def _usage(result: Json) -> Iterator[Usage]:
    """In the answer to the prompt, or where Gemini puts it."""
    usage = result.get("usage") or {}
    if not usage:
        counted = ((result.get("_meta") or {}).get("quota") or {}).get("token_count") or {}
        usage = {"inputTokens": counted.get("input_tokens"), "outputTokens": counted.get("output_tokens")}
    cached = number(usage.get("cachedReadTokens"))
    inward = number(usage.get("inputTokens")) + cached + number(usage.get("cachedWriteTokens"))
    if inward or number(usage.get("outputTokens")):
        yield Usage(input_tokens=inward, output_tokens=number(usage.get("outputTokens")), cached_tokens=cached)
