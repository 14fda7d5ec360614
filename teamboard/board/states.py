"""How a task may move. Columns beyond these are computed from evidence."""

from teamboard.lib.statemachine import StateMachine

BACKLOG, READY, STARTED, DONE, ABANDONED = "backlog", "ready", "started", "done", "abandoned"

TASK = StateMachine(
    {
        BACKLOG: {READY, STARTED, ABANDONED},
        READY: {BACKLOG, STARTED, ABANDONED},
        STARTED: {READY, DONE, ABANDONED},
        ABANDONED: {READY},
    }
)
