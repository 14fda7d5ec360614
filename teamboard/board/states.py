"""How a task may move. Columns beyond these are computed from evidence."""

from teamboard.lib.statemachine import StateMachine

BACKLOG, READY, STARTED, DONE, ABANDONED = "backlog", "ready", "started", "done", "abandoned"
# Off the board, with all that belongs to it; restoring puts it back where it was.
DELETED = "deleted"
KEPT = (BACKLOG, READY, STARTED, DONE, ABANDONED)

TASK = StateMachine(
    {
        BACKLOG: {READY, STARTED, ABANDONED, DELETED},
        READY: {BACKLOG, STARTED, ABANDONED, DELETED},
        STARTED: {READY, DONE, ABANDONED, DELETED},
        ABANDONED: {READY, DELETED},
        DONE: {DELETED},
        DELETED: set(KEPT),
    }
)
