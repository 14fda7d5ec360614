"""The sweeper: a process of its own that gives lost work back, takes due defaults and rings again (D20)."""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import F, Q
from django.utils import timezone

from agents import Sandbox, end_orphans, probe
from teamboard.accounts import repeats
from teamboard.board.actions import revoke_no_isolation
from teamboard.board.machine import isolation_waiver
from teamboard.lib import lease
from teamboard.lib.killpoints import kill_point
from teamboard.lib.owner import is_dead
from teamboard.pipeline import checkpoints, checks, halting, triggers
from teamboard.pipeline.sandboxes import marker
from teamboard.reviews import actions as reviews
from teamboard.reviews.models import CheckRun
from teamboard.reviews.states import COMPLETED, IN_PROGRESS
from teamboard.runs import actions
from teamboard.runs.models import Step
from teamboard.runs.queries import due_steps
from teamboard.runs.states import STEP_RUNNING
from teamboard.runs.workers import SWEEPER, Pulse

log = logging.getLogger(__name__)


def sweep() -> None:
    """One round; harmless to run at the same time twice."""
    halting.enforce()
    end_needless_waiver()
    release_dead_owners()
    for step in actions.release_lost():
        log.info("step %s lost its worker", step)
    kill_point("sweep_released")
    give_up_checks()
    kill_point("sweep_checks_given_up")
    actions.default_due()
    kill_point("sweep_defaults_taken")
    for patch_set in checks.unchecked_patch_sets():
        checks.check_patch_set(patch_set)
    checkpoints.keep_last_of_ended()
    ring_due()
    repeats.prune()
    kill_point("sweep_done")


def end_needless_waiver() -> None:
    """Running without isolation was accepted because there was no sandbox; where one works, that is over."""
    if isolation_waiver() is not None and isinstance(probe(), Sandbox):
        revoke_no_isolation(by=None)


def release_dead_owners() -> None:
    """A worker that died on this machine is known at once: its leases end now and its children with it."""
    held = Step.objects.filter(state=STEP_RUNNING).values_list("owner", flat=True)
    checking = CheckRun.objects.filter(state=IN_PROGRESS).values_list("owner", flat=True)
    dead = [owner for owner in {*held, *checking} if owner and is_dead(owner)]
    for owner in dead:
        actions.release_owner(owner)
        lease.release(CheckRun.objects.all(), owner=owner, running=IN_PROGRESS)
    if dead:
        end_orphans(marker())


def give_up_checks() -> None:
    """Check runs that used up their attempts end without a verdict, which blames nobody."""
    worn_out = CheckRun.objects.filter(attempt__gte=F("max_attempts")).exclude(state=COMPLETED)
    for check in worn_out.filter(Q(lease_until=None) | Q(lease_until__lt=timezone.now())):
        reviews.give_up_check(check)


def ring_due() -> None:
    """Ring again for what nobody has taken; each row at most once in half a minute."""
    for step in due_steps():
        if actions.ring(step):
            triggers.ring("execute_step", step)


def run_for_ever(stop: threading.Event) -> None:
    pulse = Pulse([SWEEPER])
    while not stop.wait(settings.SWEEP_SECONDS):
        try:
            pulse.beat()
            sweep()
        except DatabaseError:
            log.warning("the database was busy at this sweep", exc_info=True)
        except Exception:
            log.exception("a sweep failed")
        finally:
            close_old_connections()
    pulse.end()
