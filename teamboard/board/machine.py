"""What was accepted about this machine, and what calibration found out on it."""

from teamboard.board.models import IsolationWaiver, Project


def isolation_waiver() -> IsolationWaiver | None:
    """The acceptance that is in force, if one is; it counts only where no sandbox works."""
    return IsolationWaiver.objects.filter(revoked_at=None).select_related("accepted_by").first()


def needs_network(project: Project, check: str, definition: str) -> bool:
    """Calibration found that this very definition runs only with the network."""
    return project.calibrations.filter(check_name=check, definition_digest=definition, network=True).exists()
