"""Run one check on one commit in a clean check-out inside the sandbox (I-20 to I-24)."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents import Limits
from agents.contract import Finished
from teamboard.board.models import Project
from teamboard.pipeline import environment, inside, testreports
from teamboard.pipeline.job import StepFailed
from teamboard.pipeline.sandboxes import Hear, Watch, open_sandbox, run_watched
from teamboard.pipeline.workspaces import Workspace
from teamboard.reviews.states import CANCELLED, FAILURE, IMPOSSIBLE, SUCCESS, TIMED_OUT

MISSING = {126, 127}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check said about a tree. `log` is all it printed, capped by the sandbox."""

    conclusion: str
    exit_code: int | None = None
    failing: list[str] = field(default_factory=list)
    summary: str = ""
    log: str = ""
    seconds: float = 0.0


def run_check(
    project: Project,
    body: dict[str, Any],
    name: str,
    commit: str,
    space: Workspace,
    watch: Watch,
    *,
    network: bool = False,
) -> Verdict:
    """`watch` is called at least every second and may raise to stop it. `network` only where calibration needed it."""
    definition = body["checks"][name]
    started = time.monotonic()
    try:
        lower = _prepare(project, body, commit, space, watch)
        said: list[str] = []

        finished = _run(project, definition, space, lower, lambda line: said.append(line.text), watch, network=network)
    except StepFailed as failed:
        return Verdict(IMPOSSIBLE, summary=failed.detail or failed.code, seconds=time.monotonic() - started)
    finally:
        clean(space)
    log = "\n".join(said)
    return _judge(definition, finished, log, space, time.monotonic() - started)


def clean(space: Workspace) -> None:
    """Nothing survives from one tree to the next (D7)."""
    for part in ("work", "home", "tmp", "out"):
        space.empty(part)
    (space.root / "layered").unlink(missing_ok=True)


def _prepare(project: Project, body: dict[str, Any], commit: str, space: Workspace, watch: Watch) -> Path | None:
    space.make()
    clean(space)
    lower = environment.layer(project, body, commit, watch=watch)
    inside.check_out(project, space, commit)
    return lower


def _run(
    project: Project,
    definition: dict[str, Any],
    space: Workspace,
    lower: Path | None,
    hear: Hear,
    watch: Watch,
    *,
    network: bool,
) -> Finished:
    sandbox = open_sandbox()
    place = environment.place_with(project, space, lower, sandbox, network=network)
    limits = Limits(seconds=float(definition.get("timeout") or 600))
    finished = run_watched(sandbox, definition["command"], place, limits, watch=watch, hear=hear)
    report = definition.get("report")
    if report:
        _keep_report(space, report)
    return finished


def _keep_report(space: Workspace, report: str) -> None:
    """Out of the check-out before that is emptied."""
    (space.root / "report.xml").unlink(missing_ok=True)
    try:
        data = testreports.read_plain(space.work, report)
    except OSError:
        return
    (space.root / "report.xml").write_bytes(data)


def _judge(definition: dict[str, Any], finished: Finished, log: str, space: Workspace, seconds: float) -> Verdict:
    failing = testreports.from_output(log)
    code, reason = finished.exit_code, finished.reason
    if reason == "timed_out":
        limit = definition.get("timeout") or 600
        return Verdict(TIMED_OUT, code, failing, f"It ran longer than {limit:g} s.", log, seconds)
    if reason in ("agent_missing", "sandbox_missing") or code in MISSING:
        return Verdict(IMPOSSIBLE, code, [], finished.detail or "A program is missing.", log, seconds)
    if reason == "cancelled":
        return Verdict(CANCELLED, code, failing, finished.detail, log, seconds)
    if definition.get("report"):
        try:
            failing = testreports.from_junit(space.root / "report.xml") or failing
        except testreports.NoReport as problem:
            return Verdict(FAILURE, code, failing, str(problem), log, seconds)
    if code == 0 and not reason:
        return Verdict(SUCCESS, code, [], last_line(log), log, seconds)
    return Verdict(FAILURE, code, failing, last_line(log) or finished.detail, log, seconds)


def last_line(log: str) -> str:
    return next((line.strip()[:300] for line in reversed(log.splitlines()) if line.strip()), "")
