"""The conversation that a run has with its program, kept beside the folders that the agent can write to."""

import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from agents.contract import Place, Usage

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")


def _file(place: Place) -> Path:
    return place.work.with_name(place.work.name + ".session")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a conversation stands: its id, empty for none, and what it had used up."""

    session: str = ""
    total: Usage = field(default_factory=Usage)


def remembered(place: Place, kind: str) -> Kept:
    """The conversation to go on with, if there is one with this program."""
    with suppress(OSError, ValueError, AttributeError, TypeError):
        kept = json.loads(_file(place).read_text(encoding="utf-8"))
        if kept.get("kind") == kind:
            return Kept(plain(str(kept["session"])), Usage(**kept.get("total") or {}))
    return Kept()


def remember(place: Place, kind: str, session: str, total: Usage) -> None:
    """Written in one move, so that a killed worker leaves the old one or the new."""
    if plain(session):
        new = _file(place).with_suffix(".new")
        new.write_text(json.dumps({"kind": kind, "session": session, "total": asdict(total)}), encoding="utf-8")
        new.replace(_file(place))


def forget(place: Place) -> None:
    _file(place).unlink(missing_ok=True)


def plain(session: str) -> str:
    """It becomes a word of a command line, and an agent chose it."""
    return session if _PLAIN.fullmatch(session) else ""
