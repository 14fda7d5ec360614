"""All writes to runs: starting and ending them, their steps, what is said to them and what they tell."""

from teamboard.runs.actions.halting import halt, release_halt
from teamboard.runs.actions.keeping import record_checkpoint, record_last_checkpoint
from teamboard.runs.actions.notes import (
    record_activity,
    record_base,
    record_claim,
    record_conditions,
    record_plan,
    record_snapshot,
    record_usage,
)
from teamboard.runs.actions.rounds import cancel_run, request_round, resume_run, start_run, start_waiting, succeed_run
from teamboard.runs.actions.steps import (
    Claim,
    claim_step,
    fail_step,
    finish_step,
    release_lost,
    release_owner,
    renew,
    ring,
)
from teamboard.runs.actions.talk import answer, ask, default_due, default_question, read_inbox, steer, take_item

__all__ = [
    "Claim",
    "answer",
    "ask",
    "cancel_run",
    "claim_step",
    "default_due",
    "default_question",
    "fail_step",
    "finish_step",
    "halt",
    "read_inbox",
    "record_activity",
    "record_base",
    "record_checkpoint",
    "record_claim",
    "record_conditions",
    "record_last_checkpoint",
    "record_plan",
    "record_snapshot",
    "record_usage",
    "release_halt",
    "release_lost",
    "release_owner",
    "renew",
    "request_round",
    "resume_run",
    "ring",
    "start_run",
    "start_waiting",
    "steer",
    "succeed_run",
    "take_item",
]
