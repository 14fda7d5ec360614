"""How runs, steps and questions may move."""

from teamboard.lib.statemachine import StateMachine

QUEUED, RUNNING, WAITING, SUCCEEDED, FAILED, CANCELLED = (
    "queued",
    "running",
    "waiting",
    "succeeded",
    "failed",
    "cancelled",
)

RUN = StateMachine(
    {
        QUEUED: {RUNNING, FAILED, CANCELLED},
        RUNNING: {WAITING, SUCCEEDED, FAILED, CANCELLED},
        WAITING: {RUNNING, SUCCEEDED, FAILED, CANCELLED},
        FAILED: {RUNNING},  # resume_run
        CANCELLED: {RUNNING},
    }
)
FINAL_RUN = {SUCCEEDED, FAILED, CANCELLED}

STEP_READY, STEP_RUNNING, STEP_SUCCEEDED, STEP_FAILED, STEP_DEAD = "ready", "running", "succeeded", "failed", "dead"
STEP_CANCELLED = "cancelled"

STEP = StateMachine(
    {
        STEP_READY: {STEP_RUNNING, STEP_CANCELLED, STEP_DEAD},
        STEP_RUNNING: {STEP_READY, STEP_SUCCEEDED, STEP_FAILED, STEP_DEAD, STEP_CANCELLED},
    }
)

OPEN, ANSWERED, DEFAULTED, WITHDRAWN = "open", "answered", "defaulted", "withdrawn"
QUESTION = StateMachine({OPEN: {ANSWERED, DEFAULTED, WITHDRAWN}})

ACCEPTED, DISMISSED = "accepted", "dismissed"
SUGGESTED = StateMachine({OPEN: {ACCEPTED, DISMISSED}})
