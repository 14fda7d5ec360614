"""How changes, threads and check runs may move."""

from teamboard.lib.statemachine import StateMachine

OPEN, MERGED, ABANDONED, RESOLVED = "open", "merged", "abandoned", "resolved"
CHANGE = StateMachine({OPEN: {MERGED, ABANDONED}, ABANDONED: {OPEN}})
THREAD = StateMachine({OPEN: {RESOLVED}, RESOLVED: {OPEN}})

QUEUED, IN_PROGRESS, COMPLETED = "queued", "in_progress", "completed"
CHECK_RUN = StateMachine({QUEUED: {IN_PROGRESS, COMPLETED}, IN_PROGRESS: {QUEUED, COMPLETED}})

SUCCESS, FAILURE, CANCELLED, TIMED_OUT, IMPOSSIBLE = "success", "failure", "cancelled", "timed_out", "impossible"
