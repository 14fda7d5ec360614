"""The definition of checks, setup and sandbox: proposed, accepted on the board, or read from the target (D8)."""

from typing import Any

from django.db import transaction

from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import errors, projectfile, queries
from teamboard.board.models import Project, SettingsVersion
from teamboard.board.rights import require
from teamboard.events import bus
from teamboard.events.catalogue import SettingsChanged
from teamboard.lib.refusal import Refused


@transaction.atomic
def propose_settings(project: Project, *, body: dict[str, Any]) -> SettingsVersion:
    """What the board found; it holds for nothing until an Architect accepts it. Repeating it changes nothing."""
    body = projectfile.validate(body)
    last = queries.latest_proposal(project)
    if last is not None and last.digest == projectfile.digest(body):
        return last
    return _add(project, SettingsVersion.PROPOSAL, body, actor="board")


@transaction.atomic
def accept_settings(project: Project, *, body: dict[str, Any], by: User) -> SettingsVersion:
    """From now on these hold for this board, until the project file is on the target."""
    require(by, project, ARCHITECT, "accept settings")
    body = projectfile.validate(body)
    if queries.file_on_target(project):
        raise errors.settings_from_file()
    return _add(project, SettingsVersion.BOARD, body, actor=by.actor, accepted_by=by)


@transaction.atomic
def record_file_settings(project: Project, *, text: str | None, commit_sha: str) -> SettingsVersion | None:
    """The project file as it is on the target now; None when it is not there.

    One that does not parse is kept with its problem, and the last good settings stay in force.
    """
    newest = queries.newest_file_row(project)
    if text is None:
        gone = newest is None or not (newest.digest or newest.problem)
        return None if gone else _add(project, SettingsVersion.FILE, {}, digest="", commit_sha=commit_sha)
    try:
        body = projectfile.parse(text)
    except Refused as refused:
        if newest is not None and newest.problem == str(refused):
            return newest
        return _add(project, SettingsVersion.FILE, {}, digest="", commit_sha=commit_sha, problem=str(refused))
    if newest is not None and newest.digest == projectfile.digest(body):
        return newest
    return _add(project, SettingsVersion.FILE, body, commit_sha=commit_sha)


def _add(
    project: Project,
    source: str,
    body: dict[str, Any],
    *,
    actor: str = "board",
    digest: str | None = None,
    accepted_by: User | None = None,
    commit_sha: str = "",
    problem: str = "",
) -> SettingsVersion:
    row = SettingsVersion.objects.create(
        project=project,
        source=source,
        body=body,
        digest=projectfile.digest(body) if digest is None else digest,
        accepted_by=accepted_by,
        commit_sha=commit_sha,
        problem=problem,
    )
    bus.publish(SettingsChanged(project=project.pk, digest=row.digest), actor=actor)
    return row
