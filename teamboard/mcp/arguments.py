"""What a tool takes: told to the agent as a JSON schema, checked by hand, refused in a sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from teamboard.lib.refusal import Refused
from teamboard.lib.text import hidden_mark

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    name: str
    about: str
    most: int
    needed: bool = True

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": self.about, "maxLength": self.most}

    def checked(self, value: Any) -> str:
        return _text(self.name, value, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    name: str
    about: str
    least: int
    most: int
    needed: bool = False

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "description": self.about, "minimum": self.least, "maximum": self.most}

    def checked(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise bad(f"“{self.name}” must be a whole number from {self.least} to {self.most}.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A short list of short texts."""

    name: str
    about: str
    items: int
    most: int
    needed: bool = False

    def schema(self) -> dict[str, Any]:
        item = {"type": "string", "maxLength": self.most}
        return {"type": "array", "description": self.about, "items": item, "maxItems": self.items}

    def checked(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > self.items:
            raise bad(f"“{self.name}” must be a list of up to {self.items} texts.")
        return tuple(dict.fromkeys(_text(self.name, one, self.most) for one in value))


Argument = Text | Number | Texts


def schema(takes: Iterable[Argument]) -> dict[str, Any]:
    takes = tuple(takes)
    return {
        "type": "object",
        "properties": {one.name: one.schema() for one in takes},
        "required": [one.name for one in takes if one.needed],
        "additionalProperties": False,
    }


def checked(takes: Iterable[Argument], given: Any) -> dict[str, Any]:
    """Only what the tool takes, in its form. None is as good as left out: models like to fill in every field."""
    if not isinstance(given, Mapping):
        raise bad("The arguments must be an object.")
    known = {one.name: one for one in takes}
    for name in given:
        if name not in known:
            takes_words = ", ".join(known) or "no arguments"
            raise bad(f"There is no argument “{str(name)[:40]}”; it takes {takes_words}.")
    for one in known.values():
        if one.needed and given.get(one.name) is None:
            raise bad(f"“{one.name}” is missing.")
    return {name: known[name].checked(value) for name, value in given.items() if value is not None}


def bad(message: str, remedy: str = "Call it again with that put right.") -> Refused:
    return Refused("bad_arguments", message, remedy=remedy, status=422)


def _text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise bad(f"“{name}” must be text.")
    if len(value) > most:
        raise bad(f"“{name}” has {len(value):,} letters; {most:,} is the most.", "Say it shorter.")
    if mark := hidden_mark(value):
        raise bad(f"“{name}” holds a mark that nobody sees ({mark}).", "Leave such marks and control codes out.")
    if not value.strip():
        raise bad(f"“{name}” is empty.")
    return value.strip()
