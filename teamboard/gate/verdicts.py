"""What the checks say about one tree, and what to do about it: wait, land, return, hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from teamboard.board import queries as board
from teamboard.board.models import Project
from teamboard.gate.reasons import CHECK_IMPOSSIBLE, CHECKS_FAILED, reason
from teamboard.git.candidates import Replayed
from teamboard.reviews import actions, queries
from teamboard.reviews.models import CheckRun
from teamboard.reviews.states import CANCELLED, COMPLETED, IMPOSSIBLE, SUCCESS

PASS, WAIT, FAIL, BROKEN = "pass", "wait", "fail", "broken"
# A cancelled run (its worker died) blames nobody; this many are tried before the entry is held.
CANCELLED_LIMIT = 3
RESULT = "the result"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fail`: the change is to blame; `broken`: the machine is."""

    kind: str
    reason: dict[str, Any]


def verdict_on_all(project: Project, commits: Sequence[Replayed]) -> Verdict:
    """All are asked for at once; the first that is red, in their order, is named."""
    return _worst([verdict(project, one.tree, one.sha, on=_name(one)) for one in commits])


def _name(one: Replayed) -> str:
    return f'its commit {one.sha[:10]}, "{one.subject}"' if one.subject else RESULT


def verdict(project: Project, tree: str, commit: str, *, on: str = RESULT) -> Verdict:
    """Ask for the checks that are missing on this tree and judge those that are there (I-17, I-25)."""
    required = board.required_checks(project)
    runs = [check for check in actions.ensure_check_runs(project, tree, commit) if check.name in required]
    return _worst([_judge(check, int(required[check.name].get("retries", 0)), on) for check in runs])


def _worst(judged: Sequence[Verdict]) -> Verdict:
    for kind in (FAIL, BROKEN, WAIT):
        for found in judged:
            if found.kind == kind:
                return found
    return Verdict(PASS, {})


def _judge(check: CheckRun, retries: int, on: str) -> Verdict:
    attempts = queries.attempts_of(check)
    if any(run.conclusion == SUCCESS for run in attempts):
        return Verdict(PASS, {})
    last = attempts[-1]
    if last.state != COMPLETED:
        return Verdict(WAIT, {})
    if last.conclusion == IMPOSSIBLE:
        return _broken(last)
    if last.conclusion == CANCELLED:
        return _again(last, sum(run.conclusion == CANCELLED for run in attempts) < CANCELLED_LIMIT, _broken(last))
    red = sum(run.conclusion not in (CANCELLED, SUCCESS) for run in attempts)
    return _again(last, red <= retries, _failed(last, on))


def _again(last: CheckRun, allowed: bool, otherwise: Verdict) -> Verdict:
    if not allowed:
        return otherwise
    actions.retry_check(last)
    return Verdict(WAIT, {})


def _failed(check: CheckRun, on: str) -> Verdict:
    log = {"conclusion": check.conclusion, "failing": check.failing, "log": check.summary}
    return Verdict(FAIL, reason(CHECKS_FAILED, check=check.name, on=on, **_where(check), **log))


def _broken(check: CheckRun) -> Verdict:
    return Verdict(BROKEN, reason(CHECK_IMPOSSIBLE, check=check.name, log=check.summary, **_where(check)))


def _where(check: CheckRun) -> dict[str, Any]:
    return {"check_run": check.pk, "tree": check.tree_sha, "commit": check.commit_sha}
