"""What the stand-in does: orders in the text that it is sent, one tool call each, then a last message.

    [[write NAME TEXT]]   [[run COMMAND]]   [[board TOOL JSON]]   [[say TEXT]]   [[slow SECONDS]]   [[fail STATUS]]

The newest text with orders counts. As many of its orders are done as results came back since.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

ORDER = re.compile(r"\[\[(write|run|board|say|slow|fail) ([^\]]*)\]\]")
WRITERS = ("Write", "write", "write_file", "write_to_file", "create_file", "WriteFile")
EDITORS = ("editor",)
SHELLS = (
    "exec_command",
    "Bash",
    "bash",
    "run_shell_command",
    "run_commands",
    "shell_command",
    "shell",
    "execute_command",
)
SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"  # how mini-swe-agent is told that it is done
DONE = "Done: the scripted model wrote what it was told."


@dataclass(frozen=True)
class Call:
    name: str
    arguments: dict[str, Any]


@dataclass
class Asked:
    """A request in any dialect: texts of the user with how many tool results followed, and the tools offered."""

    model: str
    texts: list[tuple[str, int]] = field(default_factory=list)
    tools: dict[str, dict[str, Any]] = field(default_factory=dict)
    whole: str = ""  # the request as it came
    custom: list[str] = field(default_factory=list)
    stream: bool = False

    def text(self, text: str) -> None:
        self.texts.append((text, 0))

    def result(self) -> None:
        if self.texts:
            text, results = self.texts[-1]
            self.texts[-1] = (text, results + 1)


@dataclass(frozen=True)
class Answer:
    text: str = ""
    call: Call | None = None
    seconds: float = 0
    status: int = 200


def answer(asked: Asked, otherwise: str = "") -> Answer:
    orders, done = _orders(asked, otherwise)
    seconds = sum(float(rest) for verb, rest in orders if verb == "slow")
    status = next((int(rest) for verb, rest in orders if verb == "fail"), 200)
    saying = next((rest for verb, rest in orders if verb == "say"), DONE)
    acts = [(verb, rest) for verb, rest in orders if verb in ("write", "run", "board")]
    if status != 200:
        return Answer(status=status)
    if done < len(acts) and (call := _call(asked, *acts[done])):
        return Answer(call=call, seconds=seconds)
    if acts and not asked.tools and not asked.custom and "SEARCH/REPLACE" in asked.whole:
        return Answer(text=_block(*acts[0][1].split(" ", 1)), seconds=seconds)
    if SUBMIT in asked.whole and (call := _call(asked, "run", SUBMIT)):
        return Answer(call=call, seconds=seconds)
    return Answer(text=saying, seconds=seconds)


def _block(name: str, text: str) -> str:
    """How aider is told of an edit."""
    return f"{name}\n```\n<<<<<<< SEARCH\n=======\n{text}\n>>>>>>> REPLACE\n```\n"


def _orders(asked: Asked, otherwise: str) -> tuple[list[tuple[str, str]], int]:
    """A result belongs to the orders even where a reminder of the program's own came in between."""
    done = 0
    for text, results in reversed(asked.texts):
        done += results
        if found := ORDER.findall(text):
            return found, done
    return ORDER.findall(otherwise), done


def _call(asked: Asked, verb: str, rest: str) -> Call | None:
    name, _, text = rest.partition(" ")
    if verb == "board":  # each program puts a prefix of its own before a server's tools
        found = next((tool for tool in asked.tools if tool.endswith(name)), None)
        return Call(found, json.loads(text)) if found else None
    if verb == "write":
        found = next((tool for tool in WRITERS if tool in asked.tools), None)
        if found:
            return Call(found, _arguments(asked.tools[found], name, text + "\n"))
        if "editor" in asked.tools:
            return Call("editor", {"path": f"/work/{name}", "new_text": text + "\n"})
    command = f"printf '%s\\n' '{text}' > /work/{name}" if verb == "write" else rest
    shell = next((tool for tool in SHELLS if tool in asked.tools), None)
    if shell:
        return Call(shell, _shell(asked.tools[shell], command))
    if "exec" in asked.custom:
        return Call("exec", {"command": command})
    return None


def _arguments(properties: dict[str, Any], name: str, text: str) -> dict[str, Any]:
    key = next((key for key in ("file_path", "filePath", "absolute_path", "path") if key in properties), "file_path")
    return {key: f"/work/{name}", "content": text}


def _shell(properties: dict[str, Any], command: str) -> dict[str, Any]:
    extra = {"description": "as ordered"} if "description" in properties else {}
    if "cmd" in properties:
        return {"cmd": command}
    if "commands" in properties:
        return {"commands": [command]}
    listed = (properties.get("command") or {}).get("type") == "array"
    return {"command": ["bash", "-lc", command] if listed else command, **extra}
