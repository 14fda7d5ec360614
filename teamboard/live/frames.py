"""Frames as the JSON that goes over the socket."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

from teamboard.parts.registry import Frame


class Ready(NamedTuple):
    """A frame, written once for all sockets."""

    topic: str
    text: str


def text(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def ready(seq: int, frame: Frame) -> Ready:
    body = {"seq": seq} | {name: value for name, value in asdict(frame).items() if value or name == "topic"}
    if frame.kind == "hint":
        del body["swap"]
    return Ready(frame.topic, text(body))


def newest(frames: Iterable[tuple[int, Frame]]) -> list[tuple[int, Frame]]:
    """Leave out what a later frame of the same element replaces: all show the current state. Appends all stay."""
    kept: dict[Any, tuple[int, Frame]] = {}
    for number, (seq, frame) in enumerate(frames):
        one_of_many = frame.swap == "append" or not frame.target
        key = number if one_of_many else (frame.topic, frame.kind, frame.target, frame.swap == "inner")
        kept.pop(key, None)
        kept[key] = (seq, frame)
    return list(kept.values())


def reset(topic: str | None = None, seq: int | None = None) -> str:
    """Too much was missed: read the page anew (one topic, or all when none is named)."""
    return text({"kind": "reset"} | ({"topic": topic, "seq": seq} if topic else {}))


def lines(topic: str, start: int, end: int, rows: list[bytes]) -> str:
    """`rows` are checked JSON; they are joined, not written again."""
    head = text({"seq": end, "topic": topic, "kind": "lines", "after": start})
    return f'{head[:-1]},"lines":[{b",".join(rows).decode()}]}}'
