"""Codex, headless: `codex exec --json`. Its configuration is written inside, beside its sessions."""

import json
from collections.abc import Iterable, Iterator

from agents.contract import AgentEvent, Plan, Usage
from agents.programs.dialogue import Arrangement, Calls, Dialogue, Json, Send, Setting, edited, number, said, shown_text
from agents.programs.words import PlanState

HOME = "~/.codex"  # not under /tmp: there it refuses its own helpers, and still exits 0


def arrange(setting: Setting) -> Arrangement:
    words = ["exec"]
    words += ["resume"] if setting.session else []
    # `resume` takes no --sandbox and would fall back to reading only.
    words += [
        "--json",
        "--skip-git-repo-check",
        "-c",
        f'sandbox_mode="{setting.mode}"',
        "-c",
        'approval_policy="never"',
    ]
    words += [setting.session, "-"] if setting.session else ["-"]
    files = {f"{HOME}/config.toml": config(setting)} if setting.url or setting.callback else {}
    return Arrangement(argv=(*setting.program, *words), env=environment(setting), files=files, stdin=setting.text)


def environment(setting: Setting) -> dict[str, str]:
    return {"TEAMBOARD_MODEL_WORD": setting.word} if setting.word else {}


def config(setting: Setting) -> str:
    """TOML strings are JSON strings for what we write."""
    lines = ["check_for_update_on_startup = false", "[analytics]", "enabled = false"]
    if setting.url:
        lines = [f"model = {json.dumps(setting.model or 'gpt-5')}", 'model_provider = "board"', *lines]
        lines += ["[model_providers.board]", 'name = "board"', f"base_url = {json.dumps(setting.url)}"]
        lines += ['wire_api = "responses"', 'env_key = "TEAMBOARD_MODEL_WORD"', "supports_websockets = false"]
        lines += ["request_max_retries = 2", "stream_max_retries = 2"]
    if setting.callback:
        url, token = setting.callback
        lines += ["[mcp_servers.board]", f"url = {json.dumps(url)}"]
        lines += ["[mcp_servers.board.http_headers]", f"Authorization = {json.dumps(f'Bearer {token}')}"]
    return "\n".join(lines) + "\n"


class Codex(Dialogue):
    """Usage is told as a running total of the thread, so what a turn used is the difference to the turn before."""

    def __init__(self, setting: Setting, send: Send) -> None:
        super().__init__(setting, send)
        self._calls = Calls()
        self._worked = False

    def told(self, message: Json) -> Iterable[AgentEvent]:
        kind = message.get("type")
        if kind == "thread.started":
            self.session = str(message.get("thread_id") or "")
        elif kind in ("item.started", "item.completed"):
            return self._item(message.get("item") or {}, done=kind == "item.completed")
        elif kind == "turn.completed":
            return self._usage(message.get("usage") or {})
        elif kind in ("turn.failed", "error"):
            words = shown_text((message.get("error") or {}).get("message") or message.get("message"))
            if not words.startswith("Reconnecting"):
                self.session_lost = bool(self.setting.session) and not self._worked
                self.problem = ("agent_error", words)
        return ()

    def _usage(self, usage: Json) -> Iterator[AgentEvent]:
        self.over, self.problem = True, None
        self.total = total = Usage(
            input_tokens=number(usage.get("input_tokens")),
            output_tokens=number(usage.get("output_tokens")),
            cached_tokens=number(usage.get("cached_input_tokens")),
        )
        before = self.setting.before
        if total.input_tokens < before.input_tokens:  # the thread counts anew
            before = Usage()
        yield Usage(
            input_tokens=total.input_tokens - before.input_tokens,
            output_tokens=max(0, total.output_tokens - before.output_tokens),
            cached_tokens=max(0, total.cached_tokens - before.cached_tokens),
        )

    def _item(self, item: Json, *, done: bool) -> Iterator[AgentEvent]:
        self._worked = True
        kind, call = item.get("type"), str(item.get("id"))
        if kind == "agent_message" and done:
            yield from said(item.get("text"))
        elif kind == "reasoning" and done:
            yield from said(item.get("text"), thought=True)
        elif kind == "command_execution":
            yield from self._command(call, item, done=done)
        elif kind == "file_change" and done:
            for change in item.get("changes") or []:
                yield from edited(change.get("path"), self.setting.work)
        elif kind == "todo_list":
            yield Plan(entries=tuple(_todo(entry) for entry in item.get("items") or []))
        elif kind == "mcp_tool_call":
            yield from self._tool(call, item, done=done)
        elif kind == "error" and done:
            yield from said(item.get("message"))

    def _command(self, call: str, item: Json, *, done: bool) -> Iterator[AgentEvent]:
        if not done:
            yield self._calls.begin(call, "command", item.get("command"))
            return
        failed = item.get("status") == "failed" or item.get("exit_code") not in (0, None)
        if not self._calls.tool(call):
            self._calls.begin(call, "command", item.get("command"))
        yield self._calls.done(call, item.get("aggregated_output"), failed=failed)

    def _tool(self, call: str, item: Json, *, done: bool) -> Iterator[AgentEvent]:
        begun = self._calls.begin(call, f"{item.get('server')}.{item.get('tool')}", item.get("arguments"))
        yield self._calls.done(call, item.get("result"), failed=item.get("status") == "failed") if done else begun


def _todo(entry: Json) -> tuple[str, PlanState]:
    return str(entry.get("text", "")), "completed" if entry.get("completed") else "pending"
