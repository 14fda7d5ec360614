"""No key reaches a log: what is written there is masked last, whoever said it and however it was put together."""

import logging
import re
from collections.abc import Callable, Iterable

MASK = "[redacted]"
SHORTEST = 8  # a shorter value would mask ordinary words

# What is a secret by its shape: our own (43 letters from 32 random bytes), makers' prefixes, headers, and the user
# part of an address. A hash of git or of the log has no capitals and stays.
_SHAPES = (
    re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*[0-9])[A-Za-z0-9_-]{43}(?![\w-])"),
    re.compile(r"\b(?:sk|pk|rk|ghp|gho|ghu|ghs|glpat|xox[abprs]|AKIA|AIza|hf|npm|pypi)[-_]?[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)(?<=bearer )[^\s'\"]{6,}|(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^\s/@'\"]+(?=@)"),
    re.compile(r"(?i)(?<=[_-]key=)[^\s&'\"]{6,}|(?<=token=)[^\s&'\"]{6,}|(?<=password=)[^\s&'\"]{4,}"),
)
_known: Callable[[], Iterable[str]] = tuple


def know(values: Callable[[], Iterable[str]]) -> None:
    """Set by the wiring: the secrets that this board holds now, asked for each time."""
    global _known
    _known = values


def redact(text: str) -> str:
    for value in _known():
        if len(value) >= SHORTEST:
            text = text.replace(value, MASK)
    for shape in _SHAPES:
        text = shape.sub(MASK, text)
    return text


class Redacting(logging.Formatter):
    """Masks the whole line: message, arguments, exception and stack."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def cover(*loggers: str) -> None:
    """Loggers whose handlers somebody else set up."""
    for name in loggers:
        for handler in logging.getLogger(name).handlers:
            handler.setFormatter(Redacting("{asctime} {levelname} {name}: {message}", style="{"))
