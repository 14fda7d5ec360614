"""What a model's answers cost, read from the answers themselves: Anthropic, OpenAI (chat, responses) and Gemini."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agents.contract import Usage

_LONGEST = 8 * 1024**2
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,99}")


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens of one answer. `input` is all that went in, what came from a cache or was written to it included."""

    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0
    model: str = ""


class Tally:
    """The sums over all answers of a turn, one for each model. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: dict[str, list[Count]] = {}
        self._unread = 0
        self.requests = self.unpriced = 0

    def add(self, count: Count | None) -> None:
        """None: an answer of the model that said nothing about tokens."""
        with self._lock:
            self.requests += 1
            if count is None:
                self.unpriced += 1
                self._unread += 1
                return
            self._new.setdefault(count.model, []).append(count)

    def take(self) -> list[Usage]:
        """What came together since it was asked last."""
        with self._lock:
            new, self._new = self._new, {}
            unread, self._unread = self._unread, 0
        found = [_sum(model, counts) for model, counts in new.items()]
        return [*found, Usage(unread=unread, counted="door")] if unread else found


def _sum(model: str, counts: list[Count]) -> Usage:
    return Usage(
        input_tokens=sum(count.input for count in counts),
        output_tokens=sum(count.output for count in counts),
        cached_tokens=sum(count.cached for count in counts),
        written_tokens=sum(count.written for count in counts),
        model=model,
        counted="door",
    )


class Meter:
    """Reads one answer while it passes: lines of server-sent events, or one JSON text."""

    def __init__(self, content_type: str) -> None:
        self._events = "event-stream" in content_type
        self._text = b""
        self._found: dict[str, int] = {}
        self._seen = False
        self._model = ""

    def feed(self, chunk: bytes) -> None:
        if len(self._text) < _LONGEST:
            self._text += chunk
        if self._events:
            *lines, self._text = self._text.split(b"\n")
            for line in lines:
                self._line(line)

    def count(self) -> Count | None:
        self._line(self._text)
        if not self._seen:
            return None
        found = self._found
        sums = {name: found.get(name, 0) for name in ("input", "output", "cached", "written")}
        return Count(**sums, model=self._model)

    def _line(self, line: bytes) -> None:
        text = line.strip().removeprefix(b"data:").strip()
        if not text.startswith((b"{", b"[")):
            return
        with suppress(ValueError):
            value = json.loads(text)
            self._model = self._model or _model(value)
            for usage in _usages(value):
                self._seen = True
                self._found |= usage


def _holders(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for holder in (part, part.get("message"), part.get("response")):
        if isinstance(holder, dict):
            yield holder


def _model(value: Any) -> str:
    """Which model says that it answers; what is no plain name is none."""
    for part in value if isinstance(value, list) else [value]:
        for holder in _holders(part) if isinstance(part, dict) else ():
            name = holder.get("model") or holder.get("modelVersion")
            if isinstance(name, str) and _PLAIN.fullmatch(name):
                return name
    return ""


def _usages(value: Any) -> Iterator[dict[str, int]]:
    """Later ones replace earlier ones: providers tell running totals within one answer."""
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            continue
        for holder in _holders(part):
            if isinstance(usage := holder.get("usage"), dict):
                yield _anthropic(usage) if "cache_read_input_tokens" in usage or _is_delta(part) else _openai(usage)
            if isinstance(usage := holder.get("usageMetadata"), dict):
                yield _gemini(usage)


def _is_delta(part: Mapping[str, Any]) -> bool:
    return part.get("type") in ("message", "message_start", "message_delta")


def _anthropic(usage: Mapping[str, Any]) -> dict[str, int]:
    """`input_tokens` leaves out what was read from or written to the cache. A last delta may tell the output only."""
    found = {"output": _number(usage, "output_tokens")} if "output_tokens" in usage else {}
    if usage.get("input_tokens") is not None:
        cached = _number(usage, "cache_read_input_tokens")
        written = _number(usage, "cache_creation_input_tokens")
        found |= {"input": _number(usage, "input_tokens") + cached + written, "cached": cached, "written": written}
    return found


def _openai(usage: Mapping[str, Any]) -> dict[str, int]:
    inward = "prompt_tokens" if "prompt_tokens" in usage else "input_tokens"
    outward = "completion_tokens" if "completion_tokens" in usage else "output_tokens"
    details = usage.get(f"{inward}_details")
    cached = _number(details, "cached_tokens") if isinstance(details, dict) else 0
    return {"input": _number(usage, inward), "output": _number(usage, outward), "cached": cached}


def _gemini(usage: Mapping[str, Any]) -> dict[str, int]:
    output = _number(usage, "candidatesTokenCount") + _number(usage, "thoughtsTokenCount")
    cached = _number(usage, "cachedContentTokenCount")
    return {"input": _number(usage, "promptTokenCount"), "output": output, "cached": cached}


def _number(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value >= 0 else 0
