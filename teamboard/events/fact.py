"""What every fact is: a frozen dataclass of ids and small plain values, with a kind of its own."""

import re
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Fact:
    project: int

    @classmethod
    def kind(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def data(self) -> dict[str, Any]:
        values = asdict(self)
        del values["project"]
        return values
