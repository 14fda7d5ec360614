"""aider: one message, plain text out. Its chat history in the home is what goes on."""

import re
from collections.abc import Iterator

from agents.contract import AgentEvent, OutputLine, Usage
from agents.programs.dialogue import Arrangement, Dialogue, Setting, edited

_TOKENS = re.compile(r"Tokens: ([\d.]+)(k?) sent(?:, ([\d.]+)(k?) cache hit)?.*?, ([\d.]+)(k?) received")
_APPLIED = re.compile(r"Applied edit to (.+)")
_BRIEF = "~/brief.md"
# Without prices at hand it asks GitHub for them and waits; the board counts for itself.
_PRICES = "~/.aider/caches/model_prices_and_context_window.json"


def arrange(setting: Setting) -> Arrangement:
    history = [f"{setting.home}/.aider.{name}" for name in ("chat.history.md", "input.history", "llm.history")]
    words = ["--model", f"openai/{setting.model}", "--yes-always", "--no-auto-commits", "--no-gitignore", "--no-pretty"]
    words += ["--no-check-update", "--no-show-model-warnings", "--no-show-release-notes", "--analytics-disable"]
    words += ["--no-stream", "--no-suggest-shell-commands", "--edit-format", setting.mode, "--map-tokens", "0"]
    words += ["--chat-history-file", history[0], "--input-history-file", history[1]]
    words += ["--restore-chat-history"] if setting.session else []
    words += ["--message-file", f"{setting.home}/brief.md"]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_COLOR": "1"}
    if setting.url:
        env |= {"OPENAI_API_BASE": setting.url, "OPENAI_API_KEY": setting.word}
    return Arrangement(
        argv=(*setting.program, *words), env=env, files={_BRIEF: setting.text, _PRICES: '{"none": {}}'}, stdin=""
    )


class Aider(Dialogue):
    session = "chat"

    def hear(self, line: str) -> Iterator[AgentEvent]:
        self.session = "chat"
        yield OutputLine(stream="stdout", text=line)
        if applied := _APPLIED.match(line):
            yield from edited(applied[1].strip(), self.setting.work)
        if found := _TOKENS.search(line):
            sent, cached, got = _tokens(found[1], found[2]), _tokens(found[3], found[4]), _tokens(found[5], found[6])
            yield Usage(input_tokens=sent + cached, output_tokens=got, cached_tokens=cached)
        if "litellm." in line and "Error" in line:
            self.problem = ("agent_error", line.strip()[:500])


def _tokens(number: str | None, thousand: str | None) -> int:
    return int(float(number or 0) * (1000 if thousand else 1))
