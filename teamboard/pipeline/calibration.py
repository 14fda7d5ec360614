"""Each check on the untouched target, before it may blame a change (D12)."""

import logging
import re
from typing import Any

from django.db import close_old_connections

from teamboard.board import actions as board
from teamboard.board import projectfile, queries
from teamboard.board.models import Calibration, Project
from teamboard.pipeline import trial
from teamboard.pipeline.alone import alone
from teamboard.pipeline.sandboxes import open_network
from teamboard.pipeline.workspaces import scratch
from teamboard.reviews.states import IMPOSSIBLE, SUCCESS
from teamboard.reviews.storage import folder
from teamboard.runs.queries import halted

log = logging.getLogger(__name__)
LOG_KEPT = 20_000

# What a check prints when this machine lacks something: (pattern, what is missing, what to do).
_LACKS = (
    (
        re.compile(r"Temporary failure in name resolution|Could not resolve host|getaddrinfo|Network is unreachable"
                   r"|\bENOTFOUND\b|\bEAI_AGAIN\b|Name or service not known|\bNewConnectionError\b", re.IGNORECASE),
        "It wants the network, which the sandbox does not have.",
        "Move the download into the setup command, or set the network to open and let an Architect grant the network.",
    ),
    (
        re.compile(r"Connection refused|ECONNREFUSED|could not connect to server", re.IGNORECASE),
        "It wants a service that does not run inside the sandbox.",
        "Let the check start the service itself, or mark this check as not required.",
    ),
    (
        re.compile(r"No module named ['\"]?([\w.]+)['\"]?|Cannot find module '([^']+)'"),
        "A library that it needs is not installed.",
        "Set a setup command that installs it (for example a virtual environment), or grant the folder that holds it.",
    ),
    (
        re.compile(r"([\w.+-]+): (?:command )?not found|No such file or directory: '([^']+)'"),
        "A program or file that it needs is not there.",
        "Install it, and grant its tool chain under Settings, Sandbox.",
    ),
)  # fmt: skip


def calibrate(project_id: int) -> bool:
    """Try every check that is marked as running; False when another worker does so already."""
    with alone(folder(project_id) / "calibration.lock") as ours:
        if not ours:
            return False
        try:
            _calibrate(project_id)
        finally:
            close_old_connections()
    return True


def _calibrate(project_id: int) -> None:
    project = Project.objects.get(pk=project_id)
    body = queries.body_to_calibrate(project)
    for row in project.calibrations.filter(result=Calibration.RUNNING):
        if halted():
            return
        if project.status == Project.READY and row.check_name in body["checks"]:
            _try(project, body, row.check_name)


def _try(project: Project, body: dict[str, Any], name: str) -> None:
    commit = project.head_sha
    space = scratch("calibration", f"{project.pk}-{projectfile.digest({'check': name})[:8]}")
    network = False
    try:
        verdict = trial.run_check(project, body, name, commit, space, lambda: None)
        if _wants_network(verdict) and open_network(project, body):
            network = True
            verdict = trial.run_check(project, body, name, commit, space, lambda: None, network=True)
    except Exception as error:
        log.exception("calibration of %s failed", name)
        verdict = trial.Verdict(IMPOSSIBLE, summary=f"The board could not run it: {error}")
    finally:
        space.remove()
    if halted():
        return  # killed with everything else; it stays due
    result, reason, remedy = read(verdict)
    board.record_calibration(
        project,
        check=name,
        commit_sha=commit,
        definition_digest=projectfile.check_digest(body, name),
        result=result,
        reason=reason,
        remedy=remedy,
        log=verdict.log[-LOG_KEPT:],
        seconds=round(verdict.seconds, 3),
        network=network,
    )


def _wants_network(verdict: trial.Verdict) -> bool:
    pattern, *_ = _LACKS[0]
    return verdict.conclusion != SUCCESS and bool(pattern.search(f"{verdict.log}\n{verdict.summary}"))


def read(verdict: trial.Verdict) -> tuple[str, str, str]:
    """Result, reason and remedy of a trial on the untouched target."""
    if verdict.conclusion == SUCCESS:
        return Calibration.PASSES, "", ""
    for pattern, reason, remedy in _LACKS:
        if match := pattern.search(verdict.log + "\n" + verdict.summary):
            return Calibration.IMPOSSIBLE, f"{reason} It said: {match[0]}.", remedy
    if verdict.conclusion == IMPOSSIBLE:
        remedy = "Install what is missing, or grant its tool chain under Settings, Sandbox."
        return Calibration.IMPOSSIBLE, verdict.summary, remedy
    failing = f" Failing: {', '.join(verdict.failing[:10])}." if verdict.failing else ""
    remedy = "It is shown but not required until the target passes. Mend it there first."
    return Calibration.RED, f"It fails on the target already. {verdict.summary}{failing}".strip(), remedy


def due_projects() -> list[int]:
    rows = Calibration.objects.filter(result=Calibration.RUNNING, project__status=Project.READY)
    return list(rows.values_list("project_id", flat=True).distinct().order_by("project_id"))


def calibrate_if_new(project_id: int) -> None:
    """After a change of the settings: try what was never tried as it is defined now."""
    project = Project.objects.get(pk=project_id)
    if project.status != Project.READY:
        return
    body = queries.body_to_calibrate(project)
    wanted = {(name, projectfile.check_digest(body, name)) for name in body["checks"]}
    tried = set(project.calibrations.values_list("check_name", "definition_digest"))
    if wanted - tried:
        board.ask_calibration(project, by=None)
