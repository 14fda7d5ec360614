"""JSON that the board can store: what no database and no file takes is refused at the door."""

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

DEEPEST = 50


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        try:
            found = json.loads(request.body, parse_constant=_no_number)
        except RecursionError:
            raise ValueError("it is nested too deep") from None
        _check(found, DEEPEST)
        return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError("it is nested too deep")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("a text holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text holds half of a character (a lone surrogate)") from None
