"""Settings proposed from what lies in a repository. Pure: names and contents in, a settings body out."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from teamboard.board import projectfile

# Files whose content the proposal reads, where they exist; all at the root of the repository.
WANTED = ("package.json", "pyproject.toml", "setup.cfg", "tox.ini", "Makefile", "requirements-dev.txt")
# What decides how the tests run, and what they run with.
GUARDED = (
    *(".teamboard/**", "tests/**", "pyproject.toml", "package.json", "Makefile"),
    *("pytest.ini", "tox.ini", "setup.cfg", "jest.config.js", "vitest.config.ts", "noxfile.py"),
    *("uv.lock", "poetry.lock", "requirements.txt", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"),
)
# Python's tests obey such a file in any folder, also one that is new.
CONFTEST = "**/conftest.py"
PYTEST = ["python3", "-m", "pytest", "-q"]


def propose(names: Iterable[str], contents: Mapping[str, str]) -> dict[str, Any]:
    """`names`: every tracked path; `contents`: the text of those in WANTED."""
    found = set(names)
    checks: dict[str, Any] = {}
    needs: list[str] = []
    setup: list[str] = []
    if _has_pytest(found, contents):
        checks["tests"] = {"command": PYTEST}
        needs.append("python")
    if _has_npm_test(contents.get("package.json", "")):
        checks["npm test" if checks else "tests"] = {"command": ["npm", "test"]}
        needs.append("node")
        setup = _npm_setup(found, contents["package.json"])
    if "Cargo.toml" in found:
        checks["cargo test" if checks else "tests"] = {"command": ["cargo", "test"]}
        needs.append("cargo")
    if "go.mod" in found:
        checks["go test" if checks else "tests"] = {"command": ["go", "test", "./..."]}
        needs.append("go")
    if not checks and re.search(r"^test\s*:(?!=)", contents.get("Makefile", ""), re.MULTILINE):
        checks["tests"] = {"command": ["make", "test"]}
        needs.append("make")
    guarded = [glob for glob in GUARDED if glob.endswith("/**") or glob in found]
    guarded += [CONFTEST] if _has_pytest(found, contents) else []
    return projectfile.validate(
        {"setup": {"command": setup}, "sandbox": {"needs": needs}, "checks": checks, "review": {"guarded": guarded}}
    )


def _has_pytest(names: set[str], contents: Mapping[str, str]) -> bool:
    if "pytest.ini" in names or any(name.rsplit("/", 1)[-1] == "conftest.py" for name in names):
        return True
    if any("pytest" in contents.get(name, "") for name in WANTED if name != "Makefile"):
        return True
    return any(_is_python_test(PurePosixPath(name)) for name in names)


def _is_python_test(path: PurePosixPath) -> bool:
    return path.suffix == ".py" and (path.stem.startswith("test_") or path.stem.endswith("_test"))


def _package(text: str) -> dict[str, Any]:
    try:
        package = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}
    return package if isinstance(package, dict) else {}


def _has_npm_test(text: str) -> bool:
    """What `npm init` writes is no test."""
    scripts = _package(text).get("scripts")
    test = scripts.get("test", "") if isinstance(scripts, dict) else ""
    return isinstance(test, str) and bool(test) and "no test specified" not in test


def _npm_setup(names: set[str], text: str) -> list[str]:
    package = _package(text)
    if "package-lock.json" in names and (package.get("dependencies") or package.get("devDependencies")):
        return ["npm", "ci"]
    return []
