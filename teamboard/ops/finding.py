"""What a look of the doctor gives."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`repair` mends it when it can be mended without a person."""

    topic: str
    ok: bool
    text: str
    remedy: str = ""
    repair: Callable[[], object] | None = None
