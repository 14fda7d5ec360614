"""Where an agent's program is on this machine, which version, and what of the machine it needs to be shown."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from agents.grants import forbidden, toolchain

FOLDERS = "TEAMBOARD_AGENT_PATH"  # further folders with programs, besides PATH
_USUAL = (".local/bin", ".npm-global/bin", ".bun/bin", "bin")
_IN_USR = Path("/usr")


@dataclass(frozen=True, slots=True)
class Found:
    """`argv` is how it is called inside and out; `folders` must be shown inside."""

    program: Path
    argv: tuple[str, ...]
    folders: tuple[Path, ...]


class Missing(LookupError):
    """The program is not on this machine, or may not be shown; the text says so."""


def find(programs: tuple[str, ...]) -> Path | None:
    folders = [*os.environ.get(FOLDERS, "").split(os.pathsep), *os.environ.get("PATH", "").split(os.pathsep)]
    folders += [str(Path.home() / name) for name in _USUAL]
    for program in programs:
        found = shutil.which(program, path=os.pathsep.join(filter(None, folders)))
        if found:
            return Path(found)
    return None


def resolve(program: Path) -> Found:
    """A script of Node's or Python's brings its packages and its interpreter. Raises Missing."""
    real = Path(os.path.realpath(program))
    if not real.is_file():
        raise Missing(f"{program} is not there.")
    home = _home_of(real)
    folders = [home, *_interpreter(real)]
    for folder in folders:
        problem = forbidden(folder) if not folder.is_relative_to(_IN_USR) else None
        if problem:
            raise Missing(f"{real.name} cannot be shown to a sandbox: {problem}")
    return Found(real, (str(real),), tuple(dict.fromkeys(one for one in folders if not one.is_relative_to(_IN_USR))))


def _home_of(real: Path) -> Path:
    """The outermost node_modules, the virtual environment, or the program alone."""
    for parent in reversed(real.parents):
        if parent.name == "node_modules" or (parent / "pyvenv.cfg").is_file():
            return parent
    wide = real.parent.parent if real.parent.name == "bin" else real.parent
    return real if forbidden(wide) else wide


def _interpreter(real: Path) -> list[Path]:
    with real.open("rb") as file:
        first = file.readline(256).decode(errors="replace")
    if not first.startswith("#!"):
        return []
    words = first[2:].split()
    name = Path(words[0]).name if words else ""
    name = words[1] if name == "env" and len(words) > 1 else name
    if name.startswith("node"):
        return list(toolchain("node"))
    if name.startswith(("python", "pypy")):
        return _python(Path(words[0]))
    return []


def _python(program: Path) -> list[Path]:
    """The environment's own interpreter is a link; its real one has to be shown too."""
    config = program.parent.parent / "pyvenv.cfg"
    if not config.is_file():
        return list(toolchain("python"))
    base = re.search(r"^home\s*=\s*(.+)$", config.read_text(encoding="utf-8"), re.M)
    return [Path(os.path.realpath(base[1].strip())).parent] if base else []
