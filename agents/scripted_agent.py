"""Plays steps inside the sandbox as a real process. One file, standard library only, any Python from 3.8.

First line of standard input: {"steps": [...], "feedback": [thread, ...], "answers": {question: answer}}; events go out
as JSON lines.
Later lines of input: {"key": ..., "answer": ...} or {"steer": ...}.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess  # noqa: TID251 - this file is itself the sandboxed child
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # the module is slow to load, and only the checker needs it
    from typing import Any

LINES: queue.Queue[dict[str, str]] = queue.Queue()


def main() -> None:
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=listen, daemon=True).start()
    memory = {"answer": "", "feedback": job.get("feedback", []), "asked": 0, "answers": job.get("answers", {})}
    for step in job["steps"]:
        hear_steering()
        when = step.pop("when", None)
        if when is not None and when != memory["answer"]:
            continue
        for verb, value in step.items():
            VERBS[verb](fill(value, memory), memory)


def listen() -> None:
    for line in sys.stdin:
        LINES.put(json.loads(line))


def emit(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps(dict(fields, event=event)) + "\n")
    sys.stdout.flush()


def fill(value: Any, memory: dict[str, Any]) -> Any:
    """{answer} in any text becomes what the architect last answered."""
    if isinstance(value, str):
        return value.replace("{answer}", memory["answer"])
    if isinstance(value, list):
        return [fill(one, memory) for one in value]
    if isinstance(value, dict):
        return {name: fill(one, memory) for name, one in value.items()}
    return value


def hear_steering() -> None:
    later = []
    while not LINES.empty():
        line = LINES.get()
        if "steer" in line:
            emit("message", text="I was told: " + line["steer"])
        else:
            later.append(line)
    for line in later:
        LINES.put(line)


def wait_for(key: str) -> str:
    while True:
        line = LINES.get()
        if line.get("key") == key:
            return line["answer"]
        if "steer" in line:
            emit("message", text="I was told: " + line["steer"])


def say(value: Any, memory: dict[str, Any]) -> None:
    emit("message", text=value)


def think(value: Any, memory: dict[str, Any]) -> None:
    emit("message", text=value, thought=True)


def write(value: Any, memory: dict[str, Any]) -> None:
    folder = os.path.dirname(value["path"])
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(value["path"], "w", encoding="utf-8", newline="") as file:
        file.write(value["content"])
    emit("tool", tool="write", arguments=value["path"], result="")
    emit("edit", path=value["path"])


def replace(value: Any, memory: dict[str, Any]) -> None:
    with open(value["path"], encoding="utf-8", newline="") as file:
        text = file.read()
    failed = value["old"] not in text
    if not failed:
        with open(value["path"], "w", encoding="utf-8", newline="") as file:
            file.write(text.replace(value["old"], value["new"], 1))
        emit("edit", path=value["path"])
    emit("tool", tool="replace", arguments=value["path"], result="not found" if failed else "", failed=failed)


def delete(value: Any, memory: dict[str, Any]) -> None:
    os.unlink(value)
    emit("edit", path=value)


def patch(value: Any, memory: dict[str, Any]) -> None:
    done = subprocess.run(["git", "apply", "--recount", "-"], input=value.encode(), capture_output=True)
    report("patch", "git apply", done)
    for line in value.splitlines():
        if line.startswith("+++ b/"):
            emit("edit", path=line[6:].split("\t")[0])


def run(value: Any, memory: dict[str, Any]) -> None:
    words = ["/bin/sh", "-c", value] if isinstance(value, str) else value
    shown = value if isinstance(value, str) else " ".join(value)
    report("run", shown, subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True))


def commit(value: Any, memory: dict[str, Any]) -> None:
    subprocess.run(["git", "add", "-A"], stdin=subprocess.DEVNULL, capture_output=True)
    report("commit", value, subprocess.run(["git", "commit", "-q", "-m", value], capture_output=True))


def report(tool: str, arguments: str, done: subprocess.CompletedProcess[bytes]) -> None:
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    emit("tool", tool=tool, arguments=arguments, result=text, failed=done.returncode != 0)


def sleep(value: Any, memory: dict[str, Any]) -> None:
    time.sleep(value)


def ask(value: Any, memory: dict[str, Any]) -> None:
    value = {"text": value} if isinstance(value, str) else value
    memory["answer"] = question("question", value, memory)
    emit("message", text="The answer was: " + memory["answer"])


def permission(value: Any, memory: dict[str, Any]) -> None:
    value = {"text": value} if isinstance(value, str) else value
    memory["answer"] = question("permission", value, memory)
    emit("message", text="Permission: " + memory["answer"])


def question(event: str, value: dict[str, Any], memory: dict[str, Any]) -> str:
    if value["text"] in memory["answers"]:
        return str(memory["answers"][value["text"]])
    memory["asked"] += 1
    key = f"q{memory['asked']}"
    emit(event, **dict(value, key=key))
    return wait_for(key)


def reply(value: Any, memory: dict[str, Any]) -> None:
    threads = memory["feedback"]
    chosen = threads if value.get("thread", "all") == "all" else threads[value["thread"] : value["thread"] + 1]
    for thread in chosen:
        emit("reply", thread=thread, text=value["text"])


def call(value: Any, memory: dict[str, Any]) -> None:
    """Through the proxy that any agent may start: one message in, one answer out."""
    arguments = value.get("arguments", {})
    if arguments.get("question") in memory["answers"]:
        memory["answer"] = str(memory["answers"][arguments["question"]])
        return
    params = {"name": value["tool"], "arguments": arguments}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    proxy = [sys.executable, "-I", "-S", os.environ["TEAMBOARD_MCP"]]
    done = subprocess.run(proxy, input=message.encode() + b"\n", capture_output=True)
    text = done.stdout.decode("utf-8", "replace") or done.stderr.decode("utf-8", "replace")
    emit("message", text="The board said: " + text.strip())


def claim(value: Any, memory: dict[str, Any]) -> None:
    emit("claim", text=value)


def plan(value: Any, memory: dict[str, Any]) -> None:
    emit("plan", entries=[[one, "pending"] if isinstance(one, str) else one for one in value])


def usage(value: Any, memory: dict[str, Any]) -> None:
    emit("usage", **value)


def flood(value: Any, memory: dict[str, Any]) -> None:
    rate = value.get("rate", 0)
    started = time.monotonic()
    for number in range(value["lines"]):
        print(f"flood line {number} {value.get('text', '')}")
        ahead = (number + 1) / rate - (time.monotonic() - started) if rate else 0
        if ahead > 0:
            sys.stdout.flush()
            time.sleep(ahead)
    sys.stdout.flush()


def crash(value: Any, memory: dict[str, Any]) -> None:
    """true kills the process, a number is its exit status."""
    if value is True:
        os.kill(os.getpid(), signal.SIGKILL)
    print("crashing as the script says", file=sys.stderr, flush=True)
    os._exit(value)


VERBS = {
    verb.__name__: verb
    for verb in (
        say, think, write, replace, delete, patch, run, commit, sleep,
        ask, permission, reply, call, claim, plan, usage, flood, crash,
    )
}  # fmt: skip

if __name__ == "__main__":
    main()
