"""A log of what a board executes: by its Pythons, through an audit hook, and by its git, through git's own trace."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Loaded by every Python of the board before anything else; what runs in a sandbox has an environment of its own.
HOOK = """
import json, os, sys
LOG, DATA = os.environ["EXEC_LOG"], os.environ["TEAMBOARD_DATA"]
def tell(**what):
    handle = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, json.dumps(what).encode() + b"\\n")
    os.close(handle)
def hear(event, args):
    if event == "subprocess.Popen":
        program, argv, cwd, env = args
        search = dict(env if env is not None else os.environ).get("PATH")
        tell(how=event, program=os.fsdecode(program), argv=[os.fsdecode(word) for word in argv][:6],
             cwd=os.fsdecode(cwd or os.getcwd()), path=search)
    elif event in ("os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile"):
        tell(how=event, program=os.fsdecode(args[0]), argv=[], cwd=os.getcwd(), path=os.environ.get("PATH"))
    elif event == "exec" and getattr(args[0], "co_filename", "").startswith(DATA):
        tell(how="import", program=args[0].co_filename, argv=[], cwd="", path="")
sys.addaudithook(hear)
"""


@dataclass(frozen=True)
class Executed:
    how: str
    program: str  # where it lies, every link followed
    argv: tuple[str, ...]


class Ear:
    """Where the logs lie, and what has to be in the environment of a board for them."""

    def __init__(self, folder: Path) -> None:
        self.python_log, self.git_log = folder / "python.jsonl", folder / "git.jsonl"
        self.bin = folder / "bin"
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(HOOK)
        self.bin.mkdir()
        self.git = shutil.which("git") or ""
        shim = self.bin / "git"
        shim.write_text(f'#!/bin/sh\nGIT_TRACE2_EVENT={self.git_log}\nexport GIT_TRACE2_EVENT\nexec {self.git} "$@"\n')
        shim.chmod(0o755)
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        self.env = {"PYTHONPATH": str(folder / "site"), "EXEC_LOG": str(self.python_log), "PATH": path}

    def by_python(self) -> list[Executed]:
        return [Executed(one["how"], _found(one), tuple(one["argv"])) for one in _lines(self.python_log)]

    def by_git(self) -> list[Executed]:
        """What git itself started: helpers of its own, or hooks, filters, drivers, pagers."""
        found = [one for one in _lines(self.git_log) if one["event"] in ("child_start", "exec")]
        return [
            Executed(one.get("child_class", one["event"]), str(one["argv"][0]), tuple(map(str, one["argv"])))
            for one in found
        ]

    def commands(self) -> int:
        return sum(one["event"] == "start" for one in _lines(self.git_log))


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def _found(one: dict[str, Any]) -> str:
    """As the kernel would: a name is looked up in PATH, a path with a slash from the folder it was started in."""
    program = one["program"]
    if "/" not in program:
        program = shutil.which(program, path=one["path"] or os.defpath) or program
    return os.path.realpath(os.path.join(one["cwd"], program))
