"""Which version of a program is installed, read from its package instead of asking it: that takes seconds."""

import json
import os
import re
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path

_VERSION = re.compile(r"\d+\.\d+\.\d[\w.+-]*")


def version(program: Path, name: str) -> str:
    """Empty where nothing tells it. `name` is a Python program's package."""
    real = Path(os.path.realpath(program))
    return _of_node(real) or _of_python(real, name) or _of_path(real)


def _of_node(real: Path) -> str:
    for parent in real.parents:
        if parent.name == "node_modules" or len(parent.parts) < 3:
            return ""
        with suppress(OSError, ValueError, AttributeError):
            found = json.loads((parent / "package.json").read_text(encoding="utf-8"))
            if found.get("name") and found.get("version"):
                return _plain(str(found["version"]))
    return ""


def _of_python(real: Path, name: str) -> str:
    home = real.parent.parent
    if not (home / "pyvenv.cfg").is_file():
        return ""
    folders = [str(folder) for folder in home.glob("lib/python*/site-packages")]
    rows = [one for one in distributions(path=folders) if one.name == name]
    return _plain(rows[0].version) if rows else ""


def _of_path(real: Path) -> str:
    found = _VERSION.fullmatch(real.name)
    return found[0] if found else ""


def _plain(text: str) -> str:
    found = _VERSION.search(text)
    return found[0] if found else ""
