"""All writes to runs: starting and ending them, their steps, what is said to them and what they tell."""

from teamboard.runs.actions.budgets import allow_more, set_budget
from teamboard.runs.actions.calls import (
    accept_suggested_task,
    ask_without_waiting,
    claim_of_token,
    dismiss_suggested_task,
    issue_run_token,
    record_call,
    refuse_too_many,
    suggest_task,
    take_calls,
)
from teamboard.runs.actions.halting import halt, release_halt
from teamboard.runs.actions.keeping import record_checkpoint, record_last_checkpoint
from teamboard.runs.actions.notes import (
    record_activity,
    record_base,
    record_claim,
    record_conditions,
    record_plan,
    record_snapshot,
)
from teamboard.runs.actions.rounds import cancel_run, request_round, resume_run, start_run, start_waiting, succeed_run
from teamboard.runs.actions.spending import record_time, record_usage, remove_price, set_price
from teamboard.runs.actions.steps import (
    Claim,
    claim_step,
    fail_step,
    finish_step,
    own,
    release_lost,
    release_owner,
    renew,
    ring,
)
from teamboard.runs.actions.talk import answer, ask, default_due, default_question, read_inbox, steer, take_item

__all__ = [
    "Claim",
    "accept_suggested_task",
    "allow_more",
    "answer",
    "ask",
    "ask_without_waiting",
    "cancel_run",
    "claim_of_token",
    "claim_step",
    "default_due",
    "default_question",
    "dismiss_suggested_task",
    "fail_step",
    "finish_step",
    "halt",
    "issue_run_token",
    "own",
    "read_inbox",
    "record_activity",
    "record_base",
    "record_call",
    "record_checkpoint",
    "record_claim",
    "record_conditions",
    "record_last_checkpoint",
    "record_plan",
    "record_snapshot",
    "record_time",
    "record_usage",
    "refuse_too_many",
    "release_halt",
    "release_lost",
    "release_owner",
    "remove_price",
    "renew",
    "request_round",
    "resume_run",
    "ring",
    "set_budget",
    "set_price",
    "start_run",
    "start_waiting",
    "steer",
    "succeed_run",
    "suggest_task",
    "take_calls",
    "take_item",
]
