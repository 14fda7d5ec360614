"""How a queue entry may move (gate.md; architecture: words)."""

from teamboard.lib.statemachine import StateMachine

QUEUED, TESTING, LANDING, HELD, MERGED, RETURNED = "queued", "testing", "landing", "held", "merged", "returned"

ENTRY = StateMachine(
    {
        QUEUED: {TESTING, HELD, RETURNED},
        TESTING: {QUEUED, LANDING, HELD, RETURNED},
        LANDING: {QUEUED, HELD, MERGED, RETURNED},
        HELD: {QUEUED, LANDING, RETURNED},
    }
)
LIVE = (QUEUED, TESTING, LANDING, HELD)
PREPARED, REF_MOVED, TREE_SYNCED = "prepared", "ref_moved", "tree_synced"
INTENT = StateMachine({PREPARED: {REF_MOVED}, REF_MOVED: {TREE_SYNCED}}, field="phase")
