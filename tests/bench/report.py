"""What a row of the table is, and how the table is printed and kept."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value in milliseconds. `floor` is what the same machine needs at least, from the same run."""

    what: str
    value: float
    goal: float
    floor: float | None = None
    floor_is: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool:
        return self.value <= self.goal


def p(share: float, values: Sequence[float]) -> float:
    """The value that this share of all values does not exceed; no interpolation, so that few samples flatter nobody."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float]) -> dict[str, float]:
    figures = {"p50": p(0.5, values), "p95": p(0.95, values), "worst": max(values)}
    return {name: round(value, 2) for name, value in figures.items()} | {"n": len(values)}


def machine() -> dict[str, Any]:
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "git": git.removeprefix("git version "),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    """Linux calls it by name; elsewhere the platform's word must do."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def line(name: str, figure: Figure) -> str:
    floor = f"{figure.floor:8.2f} ms  {figure.ratio:5.1f}x  {figure.floor_is}" if figure.floor else ""
    verdict = "ok  " if figure.met else "MISS"
    return f"{name:12} {figure.value:8.1f} ms  {verdict} <= {figure.goal:5.0f} ms  {floor}"


def as_json(figure: Figure) -> dict[str, Any]:
    ratio = round(figure.ratio, 2) if figure.ratio else None
    return {**asdict(figure), "value": round(figure.value, 2), "met": figure.met, "ratio": ratio}


def keep(path: Path, of: dict[str, Any], rows: dict[str, Any]) -> None:
    path.write_text(json.dumps({"machine": of, "rows": rows}, indent=1) + "\n")
