"""The project file: TOML in, one complete settings body out, or a sentence that names the line."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

from teamboard.lib.refusal import Refused

PATH = ".teamboard/project.toml"
REMEDY = "Correct the file on the target branch; until then the last good settings stay in force."
NETWORKS = ("none", "endpoints", "open")
METHODS = ("merge", "squash", "rebase")
TEN_MINUTES, LONGEST = 600, 6 * 3600
SECONDS = {"s": 1, "m": 60, "h": 3600}
CHECK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,99}")
REF_NAME = re.compile(r"[^\s~^:?*\[\\-][^\s~^:?*\[\\]*")

Body = dict[str, Any]


class Wrong(Exception):
    """`key` is the dotted name of what is wrong."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def parse(text: str) -> Body:
    """The settings of a project file, complete with defaults."""
    try:
        return _settings(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line, message = _line_in(str(error), text), _without_place(str(error))
    except Wrong as wrong:
        line, message = _line_of(wrong.key, text), str(wrong)
    except RecursionError:
        line, message = 1, "it is nested too deeply"
    raise Refused(
        "project_file",
        f"{PATH}, line {line}: {message}.",
        remedy=REMEDY,
        details={"file": PATH, "line": line},
        status=422,
    )


def validate(body: Body) -> Body:
    """The same for settings that did not come from the file: from a form, the API or a proposal."""
    try:
        return _settings(_table({"settings": body}, "settings"))
    except Wrong as wrong:
        raise Refused(
            "invalid_settings",
            f"The settings are not right: {wrong}.",
            remedy="Correct that value and save again.",
            details={"field": wrong.key},
            status=422,
        ) from None


def digest(body: Body) -> str:
    """Equal for equal settings, however they were written down."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_digest(body: Body, name: str) -> str:
    """Names one check's definition with all that decides how it runs (D10)."""
    return digest({"check": body["checks"][name], "setup": body.get("setup"), "sandbox": body.get("sandbox")})


def differences(before: Body, after: Body) -> list[str]:
    """What two definitions do not share: each check by its name, then the other sections."""
    old, new = before.get("checks", {}), after.get("checks", {})
    checks = [f"check {name}" for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return checks + [name for name in ("setup", "sandbox", "review", "merge") if before.get(name) != after.get(name)]


# Where the error is


def _line_in(message: str, text: str) -> int:
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else max(text.count("\n"), 1)


def _without_place(message: str) -> str:
    return re.sub(r" \(at (line \d+, column \d+|end of document)\)", "", message)


def _line_of(key: str, text: str) -> int:
    """The line that sets the key, or its table; near enough for a reader, and never a lie about the message."""
    parts = key.split(".")
    name, table = parts[-1], parts[:-1]
    lines = text.splitlines()
    start = _table_line(lines, table)
    for number, line in enumerate(lines[start:], start=start + 1):
        if re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", line):
            return number
    return _table_line(lines, parts) or start or 1


def _table_line(lines: list[str], table: list[str]) -> int:
    wanted = ".".join(table)
    for number, line in enumerate(lines, start=1):
        if wanted and line.strip().strip("[]").replace('"', "").replace(" ", "") == wanted:
            return number
    return 0


# What is allowed


def _settings(raw: Body) -> Body:
    _known(raw, "", {"target", "setup", "sandbox", "checks", "review", "merge"})
    body: Body = {
        "setup": _setup(_table(raw, "setup")),
        "sandbox": _sandbox(_table(raw, "sandbox")),
        "checks": _checks(_table(raw, "checks")),
        "review": _review(_table(raw, "review")),
        "merge": _merge(_table(raw, "merge")),
    }
    if "target" in raw:
        body["target"] = _text(raw["target"], "target", REF_NAME)
    return body


def _setup(raw: Body) -> Body:
    _known(raw, "setup", {"command"})
    return {"command": _words(raw.get("command", []), "setup.command")}


def _sandbox(raw: Body) -> Body:
    _known(raw, "sandbox", {"needs", "network"})
    return {
        "needs": _words(raw.get("needs", []), "sandbox.needs"),
        "network": _one_of(raw.get("network", "none"), "sandbox.network", NETWORKS),
    }


def _checks(raw: Body) -> Body:
    return {name: _check(name, _table(raw, name, "checks.")) for name in raw}


def _check(name: str, raw: Body) -> Body:
    key = f"checks.{name}"
    if not CHECK_NAME.fullmatch(name):
        raise Wrong(key, f"“{name}” cannot name a check: use letters, digits, blanks and . _ / -")
    _known(raw, key, {"command", "required", "timeout", "report", "retries", "needs"})
    command = _words(raw.get("command", []), f"{key}.command")
    if not command:
        raise Wrong(f"{key}.command", f"the check “{name}” has no command")
    check: Body = {
        "command": command,
        "required": _flag(raw.get("required", True), f"{key}.required"),
        "timeout": _seconds(raw.get("timeout", TEN_MINUTES), f"{key}.timeout"),
    }
    optional: dict[str, Callable[[Any, str], Any]] = {"report": _path, "retries": _count, "needs": _words}
    for field in optional.keys() & raw.keys():
        check[field] = optional[field](raw[field], f"{key}.{field}")
    return check


def _review(raw: Body) -> Body:
    _known(raw, "review", {"guarded", "owners"})
    owners = raw.get("owners", [])
    if not isinstance(owners, list):
        raise Wrong("review.owners", "owners must be written as [[review.owners]]")
    return {
        "guarded": _words(raw.get("guarded", [f"{PATH.split('/')[0]}/**"]), "review.guarded"),
        "owners": [_owner(owner) for owner in owners],
    }


def _owner(raw: Any) -> Body:
    if not isinstance(raw, dict):
        raise Wrong("review.owners", "an owner needs paths and members")
    _known(raw, "review.owners", {"paths", "members"})
    found = {name: _words(raw.get(name, []), f"review.owners.{name}") for name in ("paths", "members")}
    if not all(found.values()):
        raise Wrong("review.owners", "an owner needs paths and members")
    return found


def _merge(raw: Body) -> Body:
    _known(raw, "merge", {"method", "every_commit_green"})
    return {
        "method": _one_of(raw.get("method", "merge"), "merge.method", METHODS),
        "every_commit_green": _flag(raw.get("every_commit_green", True), "merge.every_commit_green"),
    }


# Kinds of values


def _known(raw: Body, where: str, names: set[str]) -> None:
    for name in raw:
        if name not in names:
            key = f"{where}.{name}" if where else name
            raise Wrong(key, f"“{key}” is not known here; known are {', '.join(sorted(names))}")


def _table(raw: Body, name: str, above: str = "") -> Body:
    value = raw.get(name, {})
    if not isinstance(value, dict):
        raise Wrong(above + name, f"“{above}{name}” must be a table, written [{above}{name}]")
    return value


def _words(value: Any, key: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word and "\0" not in word for word in value):
        raise Wrong(key, f'“{key}” must be a list of words in quotes, for example ["make", "test"]')
    return value


def _text(value: Any, key: str, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise Wrong(key, f"“{value}” cannot be the {key}")
    return value


def _path(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value or value.startswith("/") or ".." in value.split("/"):
        raise Wrong(key, f"“{key}” must be a path inside the repository")
    return value


def _flag(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(key, f"“{key}” must be true or false")
    return value


def _count(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 5:
        raise Wrong(key, f"“{key}” must be a number from 0 to 5")
    return value


def _one_of(value: Any, key: str, words: tuple[str, ...]) -> str:
    if value not in words:
        raise Wrong(key, f"“{key}” must be one of {', '.join(words)}")
    return str(value)


def _seconds(value: Any, key: str) -> int:
    """600, "600s", "10m" or "1h"."""
    found = re.fullmatch(r"(\d{1,6})([smh]?)", str(value)) if not isinstance(value, bool) else None
    seconds = int(found[1]) * SECONDS[found[2] or "s"] if found else 0
    if not 0 < seconds <= LONGEST:
        raise Wrong(key, f'“{key}” must be a time up to 6h, for example "10m"')
    return seconds
