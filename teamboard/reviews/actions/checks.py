"""Check runs: asked for by tree, claimed under a fence, and their one verdict recorded (D10, I-20)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from teamboard.board import projectfile
from teamboard.board import queries as board
from teamboard.board.environments import environment_digest
from teamboard.board.models import Project
from teamboard.events import bus
from teamboard.events.catalogue import CheckRunMoved
from teamboard.lib import lease
from teamboard.lib.lease import LeaseLost
from teamboard.lib.statemachine import StaleState
from teamboard.reviews.models import CheckRun
from teamboard.reviews.states import CANCELLED, CHECK_RUN, COMPLETED, IN_PROGRESS, QUEUED
from teamboard.runs.queries import halted


@dataclass(frozen=True, slots=True)
class CheckClaim:
    """The right to write one check run's verdict, as long as nobody else holds a later fence."""

    check: CheckRun
    fence: int


@transaction.atomic
def ensure_check_runs(project: Project, tree: str, commit: str) -> list[CheckRun]:
    """One run of each defined check on this tree, as it is defined and in the environment that there is now."""
    body, environment = board.settings_body(project), environment_digest(project)
    return [
        _latest(project, name, tree, projectfile.check_digest(body, name), environment)
        or _queue(project, name, tree, commit, definition, projectfile.check_digest(body, name), environment)
        for name, definition in body["checks"].items()
    ]


def _latest(project: Project, name: str, tree: str, digest: str, environment: str) -> CheckRun | None:
    key = {"tree_sha": tree, "definition_digest": digest, "environment_digest": environment}
    return CheckRun.objects.filter(project=project, name=name, **key).order_by("number").last()


def _queue(
    project: Project,
    name: str,
    tree: str,
    commit: str,
    definition: dict[str, object],
    digest: str,
    environment: str,
    number: int = 1,
) -> CheckRun:
    check, made = CheckRun.objects.get_or_create(
        project=project,
        name=name,
        tree_sha=tree,
        definition_digest=digest,
        environment_digest=environment,
        number=number,
        defaults={"commit_sha": commit, "definition": definition},
    )
    if made:
        _tell(check)
    return check


@transaction.atomic
def retry_check(check: CheckRun) -> CheckRun:
    """The next attempt of the same check on the same tree; asking twice gives the same row."""
    return _queue(
        check.project,
        check.name,
        check.tree_sha,
        check.commit_sha,
        check.definition,
        check.definition_digest,
        check.environment_digest,
        check.number + 1,
    )


@transaction.atomic
def claim_check(check_id: int, owner: str) -> CheckClaim | None:
    """Take it if it is free (or its owner's lease is over); None when somebody else was first."""
    if halted():
        return None
    fence = lease.claim(
        CheckRun.objects.all(), check_id, owner=owner, ready=QUEUED, running=IN_PROGRESS, started_at=timezone.now()
    )
    if fence is None:
        return None
    check = CheckRun.objects.select_related("project").get(pk=check_id)
    _tell(check)
    return CheckClaim(check, fence)


def renew_check(claim: CheckClaim) -> bool:
    return lease.renew(CheckRun.objects.all(), claim.check.pk, claim.fence, running=IN_PROGRESS)


@transaction.atomic
def record_check(
    claim: CheckClaim,
    conclusion: str,
    *,
    exit_code: int | None = None,
    failing: Sequence[str] = (),
    summary: str = "",
    log_bytes: int = 0,
) -> CheckRun:
    """The verdict. Raises LeaseLost when somebody else owns the run now: then this one never counts."""
    held = lease.held_by(CheckRun.objects.all(), claim.check.pk, claim.fence, running=IN_PROGRESS)
    written = lease.finish(
        held,
        COMPLETED,
        conclusion=conclusion,
        exit_code=exit_code,
        failing=list(failing),
        summary=summary,
        log_bytes=log_bytes,
        finished_at=timezone.now(),
    )
    if not written:
        raise LeaseLost(f"check run {claim.check.pk} is somebody else's")
    check = CheckRun.objects.get(pk=claim.check.pk)
    _tell(check)
    return check


@transaction.atomic
def give_back_checks() -> int:
    """The emergency stop: whoever runs one loses it, so that its violent end is no verdict; it is run again later."""
    running = list(CheckRun.objects.select_for_update(of=("self",)).filter(state=IN_PROGRESS))
    for check in running:
        fields = {"fence": check.fence + 1, "owner": "", "lease_until": None, "attempt": max(0, check.attempt - 1)}
        CHECK_RUN.move(check, QUEUED, where={"fence": check.fence}, **fields)
        _tell(check)
    return len(running)


@transaction.atomic
def give_up_check(check: CheckRun, reason: str = "Its worker died at each attempt.") -> bool:
    """End a run that nobody can claim any more; its verdict is `cancelled`, which blames nobody."""
    if check.state == COMPLETED:
        return False
    same = {"fence": check.fence}
    try:
        CHECK_RUN.move(check, COMPLETED, where=same, conclusion=CANCELLED, summary=reason, finished_at=timezone.now())
    except StaleState:
        return False
    _tell(CheckRun.objects.get(pk=check.pk))
    return True


def _tell(check: CheckRun) -> None:
    bus.publish(CheckRunMoved(project=check.project_id, check_run=check.pk, tree=check.tree_sha, state=check.state))
