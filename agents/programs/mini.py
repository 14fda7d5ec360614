"""mini-swe-agent: plain text out, and a trajectory in a file of its home."""

import re
from collections.abc import Iterator

from agents.contract import AgentEvent, OutputLine
from agents.programs.dialogue import LONGEST_WORD, Arrangement, Dialogue, Setting

_FAILED = re.compile(r"Exit: (?!Submitted)(\w+)")


def arrange(setting: Setting) -> Arrangement:
    words = ["-m", f"openai/{setting.model}", "-t", setting.text[:LONGEST_WORD], "-y", "--exit-immediately"]
    words += ["-o", f"{setting.home}/trajectory.json"]
    env = {
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors",
        "MSWEA_SILENT_STARTUP": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    if setting.url:
        env |= {"OPENAI_API_KEY": setting.word, "OPENAI_BASE_URL": setting.url, "OPENAI_API_BASE": setting.url}
    return Arrangement(argv=(*setting.program, *words), env=env, files={}, stdin="")


class Mini(Dialogue):
    def hear(self, line: str) -> Iterator[AgentEvent]:
        yield OutputLine(stream="stdout", text=line)
        if found := _FAILED.search(line):
            self.problem = ("agent_error", f"It ended with {found[1]}.")
