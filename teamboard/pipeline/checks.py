"""Check runs: claimed by anyone, executed in a clean check-out, one verdict recorded under the fence (D10)."""

import logging
import threading
import time

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from teamboard.board import machine
from teamboard.board import queries as board
from teamboard.board.environments import environment_digest
from teamboard.board.models import Project, SettingsVersion
from teamboard.lib.killpoints import kill_point
from teamboard.lib.lease import LeaseLost
from teamboard.lib.owner import own_name
from teamboard.pipeline import trial
from teamboard.pipeline.job import Job
from teamboard.pipeline.keeper import Keeper
from teamboard.pipeline.sandboxes import Watch, open_network
from teamboard.pipeline.workspaces import of_check
from teamboard.reviews import actions as reviews
from teamboard.reviews import queries
from teamboard.reviews.models import CheckRun, PatchSet
from teamboard.reviews.states import CANCELLED, COMPLETED, FAILURE, IN_PROGRESS, OPEN, QUEUED, TIMED_OUT
from teamboard.runs.queries import halted

log = logging.getLogger(__name__)

# Checks are heavy: as many at a time as there are slots for runs would stall all of them.
SLOTS = threading.BoundedSemaphore(max(1, min(4, settings.WIP_LIMIT)))
PATIENCE = 7 * 3600
IN_FORCE = (SettingsVersion.BOARD, SettingsVersion.FILE)


def execute_check(check_run_id: int) -> bool:
    """Run one check to its verdict; False when all slots are taken (the poll thread comes again)."""
    if not SLOTS.acquire(blocking=False):
        return False
    try:
        _execute(check_run_id)
    finally:
        SLOTS.release()
        close_old_connections()
    return True


def _execute(check_run_id: int, watch: Watch = lambda: None) -> None:
    kill_point("check_before_claim")
    claim = reviews.claim_check(check_run_id, own_name())
    if claim is None:
        return
    kill_point("check_claimed")
    try:
        with Keeper(lambda: reviews.renew_check(claim)) as keeper:
            verdict = _try(claim.check, _both(keeper.check, watch))
        size = _keep_log(claim.check.pk, verdict.log)
        kill_point("check_before_verdict")
        done = reviews.record_check(
            claim,
            verdict.conclusion,
            exit_code=verdict.exit_code,
            failing=verdict.failing,
            summary=verdict.summary,
            log_bytes=size,
        )
    except LeaseLost:
        log.info("check run %s belongs to somebody else now", check_run_id)
        watch()  # or the run that asked for it was stopped
        return
    kill_point("check_after_verdict")
    if done.conclusion in (FAILURE, TIMED_OUT) and done.number <= int(done.definition.get("retries") or 0):
        reviews.retry_check(done)


def _both(one: Watch, other: Watch) -> Watch:
    def watch() -> None:
        one()
        other()

    return watch


def _try(check: CheckRun, watch: Watch) -> trial.Verdict:
    """With the definition that was frozen into the row; a crash of ours blames nobody."""
    if check.environment_digest not in ("", environment_digest(check.project)):
        return trial.Verdict(CANCELLED, summary="What the sandbox gives has changed since it was asked for.")
    body = {**board.settings_body(check.project), "checks": {check.name: check.definition}}
    needs = machine.needs_network(check.project, check.name, check.definition_digest)
    network = needs and open_network(check.project, body)
    try:
        return trial.run_check(
            check.project, body, check.name, check.commit_sha, of_check(check.pk), watch, network=network
        )
    except LeaseLost:
        raise
    except Exception as error:
        log.exception("check run %s could not be executed", check.pk)
        return trial.Verdict(CANCELLED, summary=f"The board could not run it: {type(error).__name__}: {error}")


def _keep_log(check_run_id: int, text: str) -> int:
    data = text.encode("utf-8", "replace")
    file = of_check(check_run_id).root / "log"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_bytes(data)
    return len(data)


def read_log(check_run_id: int) -> str:
    file = of_check(check_run_id).root / "log"
    return file.read_text(errors="replace") if file.exists() else ""


def check_head(job: Job, tree: str, commit: str) -> list[int]:
    """All defined checks on a tree: run here those that nobody has taken, wait for the others."""
    until = time.monotonic() + PATIENCE
    while True:
        job.keeper.check()
        runs = reviews.ensure_check_runs(job.run.project, tree, commit)  # the latest attempt of each
        rest = [check for check in runs if check.state != COMPLETED]
        if not rest or time.monotonic() > until:
            break
        free = next((check for check in rest if _is_free(check)), None)
        if free is not None:
            job.output.say(f"Check {free.name} runs on {tree[:10]}.")
            _in_turn(free.pk, job.keeper.check)
        else:
            time.sleep(settings.SWEEP_SECONDS)
    for check in runs:
        _say(job, check)
    return [check.pk for check in runs]


def _in_turn(check_run_id: int, watch: Watch) -> None:
    """Wait for a slot, as long as the run that asks is still wanted."""
    while not SLOTS.acquire(timeout=0.5):
        watch()
    try:
        _execute(check_run_id, watch)
    finally:
        SLOTS.release()


def _is_free(check: CheckRun) -> bool:
    """One that stays behind without a worker is given up by the sweeper once its attempts are used up."""
    expired = check.lease_until is not None and check.lease_until < timezone.now()
    return check.attempt < check.max_attempts and (check.state == QUEUED or expired)


def _say(job: Job, check: CheckRun) -> None:
    failing = f" ({', '.join(check.failing[:5])})" if check.failing else ""
    fields = {"check_run": check.pk, "conclusion": check.conclusion, "failing": check.failing[:20]}
    job.output.say(f"Check {check.name}: {check.conclusion}{failing}", "event", kind="check", **fields)


def due_checks(limit: int = 20) -> list[int]:
    """Check runs that any worker may take now."""
    if halted():
        return []
    free = Q(state=QUEUED) | Q(state=IN_PROGRESS, lease_until__lt=timezone.now())
    return list(CheckRun.objects.filter(free).order_by("queued_at").values_list("pk", flat=True)[:limit])


def check_patch_set(patch_set_id: int) -> None:
    """Every defined check on a patch set that came without a run: an adopted branch, a push, an edit on the page."""
    row = PatchSet.objects.select_related("change__project").filter(pk=patch_set_id, change__state=OPEN).first()
    if row is not None:
        reviews.ensure_check_runs(row.change.project, row.tree_sha, row.head_sha)


def unchecked_patch_sets() -> list[int]:
    """Newest patch sets of open changes for which nothing was asked of the checks and the environment of now."""
    rows = Project.objects.filter(changes__state=OPEN, settings_versions__source__in=IN_FORCE).distinct()
    return [patch_set for project in rows.order_by("pk") for patch_set in _unchecked(project)][:50]


def _unchecked(project: Project) -> list[int]:
    if not board.settings_body(project)["checks"]:
        return []
    newest = PatchSet.objects.filter(change=OuterRef("change")).order_by("-number").values("pk")[:1]
    tried = queries.runs_in_force(project).filter(tree_sha=OuterRef("tree_sha"))
    rows = PatchSet.objects.filter(change__state=OPEN, change__project=project, pk=newest)
    return list(rows.exclude(Exists(tried)).values_list("pk", flat=True))
