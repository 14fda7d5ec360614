"""Each check is tried on the untouched target before it may blame a change (D12)."""

from typing import Any

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import projectfile, queries
from teamboard.board.models import Calibration, Project
from teamboard.board.rights import require
from teamboard.events import bus
from teamboard.events.catalogue import Calibrated, CalibrationAsked
from teamboard.lib.refusal import Refused


@transaction.atomic
def ask_calibration(project: Project, *, by: User | None) -> list[Calibration]:
    """Mark every check of the settings in force (or proposed) as running. `by` None: the board itself asks."""
    if by is not None:
        require(by, project, ARCHITECT, "calibrate the checks")
    body = queries.body_to_calibrate(project)
    names = list(body.get("checks") or {})
    if not names and by is not None:
        raise Refused("no_checks", "There is no check to try yet.", remedy="Add one under Settings first.")
    project.calibrations.exclude(check_name__in=names).delete()
    rows = [_running(project, body, name) for name in names]
    bus.publish(CalibrationAsked(project=project.pk), actor=by.actor if by else "board")
    return rows


def _running(project: Project, body: dict[str, Any], name: str) -> Calibration:
    row, _ = Calibration.objects.update_or_create(
        project=project,
        check_name=name,
        defaults={
            "commit_sha": project.head_sha,
            "definition_digest": projectfile.check_digest(body, name),
            "result": Calibration.RUNNING,
            "reason": "",
            "remedy": "",
            "log": "",
            "seconds": None,
        },
    )
    return row


@transaction.atomic
def record_calibration(
    project: Project,
    *,
    check: str,
    commit_sha: str,
    definition_digest: str,
    result: str,
    reason: str = "",
    remedy: str = "",
    log: str = "",
    seconds: float | None = None,
    network: bool = False,
) -> Calibration:
    """`definition_digest` is projectfile.check_digest of what was tried.

    A verdict on a definition that was replaced meanwhile changes nothing: the new one is still to be tried.
    """
    asked = Calibration.objects.filter(project=project, check_name=check, result=Calibration.RUNNING).first()
    if asked is not None and asked.definition_digest != definition_digest:
        return asked
    row, _ = Calibration.objects.update_or_create(
        project=project,
        check_name=check,
        defaults={
            "commit_sha": commit_sha,
            "definition_digest": definition_digest,
            "result": result,
            "reason": reason,
            "remedy": remedy,
            "log": log,
            "seconds": seconds,
            "network": network,
        },
    )
    bus.publish(Calibrated(project=project.pk, check=check))
    return row
