"""Labelled points around every durable effect: a fault test dies there, the simulator dies or looks away there."""

import os
import signal
from collections.abc import Callable

# Every label, by whose work it lies in. A test holds that the code names these and no others.
LANDING = (
    "target_followed",
    "target_seen",
    "candidate_built",
    "candidate_recorded",
    "before_intent",
    "after_intent",
    "after_objects",
    "after_ref",
    "before_sync",
    "after_sync",
    "before_finish",
    "after_finish",
)
SYNC = ("sync_locked", "sync_file_removed", "sync_file_written", "sync_files_done", "sync_index_done")
STEPS = (
    "step_before_claim",
    "step_claimed",
    "brief_delivered",
    "work_finished",
    "work_parked",
    "collect_bundled",
    "before_proposal",
    "proposed",
    "proposal_kept",
    "step_before_result",
    "step_after_result",
)
CHECKS = ("check_before_claim", "check_claimed", "check_before_verdict", "check_after_verdict")
SWEEP = ("sweep_released", "sweep_checks_given_up", "sweep_defaults_taken", "sweep_done")
LABELS = LANDING + SYNC + STEPS + CHECKS + SWEEP

# Set by the simulator, which has its own idea of what happens at a point.
watch: Callable[[str], None] | None = None


def kill_point(label: str) -> None:
    """Die here by SIGKILL if TEAMBOARD_KILL_AT names this label; otherwise do nothing."""
    if watch is not None:
        watch(label)
    elif os.environ.get("TEAMBOARD_KILL_AT") == label:
        os.kill(os.getpid(), signal.SIGKILL)
