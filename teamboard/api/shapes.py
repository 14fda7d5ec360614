"""Rows as the JSON that interfaces promise. Field names only grow."""

from datetime import datetime
from typing import Any

from teamboard.board.models import Calibration, Grant, Project, SettingsVersion, Task
from teamboard.events.models import Event
from teamboard.gate.models import QueueEntry
from teamboard.git.diff import FileDiff
from teamboard.reviews.models import Change, CheckRun, PatchSet, Vote
from teamboard.runs import failures
from teamboard.runs.models import Checkpoint, Question, Run, Step

Json = dict[str, Any]


def when(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def project(row: Project, checks: list[str]) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "key": row.key,
        "upstream": row.upstream,
        "target_branch": row.target,
        "head_sha": row.head_sha,
        "status": row.status,
        "problem": row.problem,
        "notes": row.notes,
        "checks": checks,
    }


def settings(row: SettingsVersion | None, problem: str, calibrations: list[Calibration]) -> Json:
    body = row.body if row else {}
    return {
        "source": row.source if row else "none",
        "digest": row.digest if row else "",
        "problem": problem,
        **{name: body.get(name) or {} for name in ("checks", "setup", "sandbox", "review", "merge")},
        "calibration": [calibration(item) for item in calibrations],
    }


def calibration(row: Calibration) -> Json:
    return {
        "name": row.check_name,
        "result": row.result,
        "reason": row.reason,
        "remedy": row.remedy,
        "commit_sha": row.commit_sha,
        "seconds": row.seconds,
        "network": row.network,
        "at": when(row.at),
    }


def grant(row: Grant) -> Json:
    everywhere = row.project_id is None
    return {"id": row.pk, row.kind: row.value, "everywhere": everywhere, "granted_at": when(row.granted_at)}


def task(row: Task, column: str, evidence: list[Json], run: int | None, change: int | None) -> Json:
    return {
        "id": row.pk,
        "ref": row.ref,
        "title": row.title,
        "body": row.body,
        "acceptance": row.acceptance,
        "scope": row.scope,
        "labels": row.labels,
        "depends_on": [other.pk for other in row.waits_for.all()],
        "priority": row.priority,
        "agent": row.agent_id,
        "state": row.state,
        "column": column,
        "evidence": evidence,
        "run": run,
        "change": change,
    }


def step(row: Step) -> Json:
    return {
        "id": row.pk,
        "kind": row.kind,
        "round": row.round,
        "state": row.state,
        "attempt": row.attempt,
        "error": row.error,
        "started_at": when(row.started_at),
        "finished_at": when(row.finished_at),
    }


def question(row: Question) -> Json:
    return {
        "id": row.pk,
        "kind": row.kind,
        "text": row.text,
        "options": row.options,
        "default": row.default,
        "due_at": when(row.due_at),
        "state": row.state,
        "answer": row.answer,
    }


def run(row: Run, steps: list[Step], questions: list[Question], change: int | None) -> Json:
    return {
        "id": row.pk,
        "task": row.task_id,
        "agent": row.agent_id,
        "number": row.number,
        "state": row.state,
        "waiting_for": row.waiting_for,
        "base_sha": row.base_sha,
        "steps": [step(item) for item in steps],
        "questions": [question(item) for item in questions],
        "usage": row.usage,
        "conditions": row.conditions,
        "parked_at": when(row.parked_at),
        "continues": row.continues_id,
        "checkpoints": [checkpoint(item) for item in row.checkpoints.all()],
        "change": change,
        "failure": failure(row),
        "started_at": when(row.started_at),
        "finished_at": when(row.finished_at),
    }


def checkpoint(row: Checkpoint) -> Json:
    return {
        "id": row.pk,
        "number": row.number,
        "head_sha": row.head_sha,
        "round": row.round,
        "reason": row.reason,
        "at": when(row.at),
    }


def failure(row: Run) -> Json | None:
    if not row.failure_code:
        return None
    known = failures.failure(row.failure_code)
    return {
        "code": row.failure_code,
        "message": known.sentence,
        "remedy": known.remedy,
        "detail": row.failure_detail,
    }


def patch_set(row: PatchSet) -> Json:
    return {
        "number": row.number,
        "base_sha": row.base_sha,
        "head_sha": row.head_sha,
        "tree_sha": row.tree_sha,
        "patch_id": row.patch_id,
        "author": row.author_name,
        "message": row.message,
        "files": row.files,
        "additions": row.additions,
        "deletions": row.deletions,
        "outside_scope": row.outside_scope,
        "guarded": row.guarded,
        "notes": row.notes,
        "hints": row.hints,
        "created_at": when(row.created_at),
    }


def check(row: CheckRun) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "status": row.state,
        "conclusion": row.conclusion or None,
        "tree_sha": row.tree_sha,
        "attempt": row.number,
        "failing": row.failing,
        "summary": row.summary,
        "exit_code": row.exit_code,
        "finished_at": when(row.finished_at),
    }


def vote(row: Vote) -> Json:
    return {
        "id": row.pk,
        "patch_set": row.patch_set.number,
        "head_sha": row.head_sha,
        "value": row.value,
        "user": row.user.username,
        "outdated": row.replaced_at is not None,
        "carried": row.carried_from_id is not None,
        "at": when(row.created_at),
    }


def change(row: Change) -> Json:
    return {
        "id": row.pk,
        "number": row.number,
        "title": row.title,
        "description": row.description,
        "state": row.state,
        "origin": row.origin,
        "branch": row.branch,
        "branch_problem": row.branch_problem,
        "task": row.task_id,
        "author": row.author_name,
        "merged_sha": row.merged_sha or None,
        "reason": row.reason,
        "created_at": when(row.created_at),
    }


def entry(row: QueueEntry, checks: list[CheckRun]) -> Json:
    return {
        "id": row.pk,
        "change": row.change_id,
        "patch_set": row.patch_set.number,
        "state": row.state,
        "candidate_sha": row.candidate_sha or None,
        "candidate_tree": row.candidate_tree or None,
        "base_sha": row.base_sha or None,
        "checks": [check(item) for item in checks],
        "reason": row.reason or None,
        "created_at": when(row.created_at),
        "finished_at": when(row.finished_at),
    }


def diff(file: FileDiff) -> Json:
    return {
        "path": file.path,
        "old_path": file.old_path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "binary": file.binary,
        "too_big": file.too_big,
        "hunks": [
            {
                "old_start": hunk.old_start,
                "old_lines": hunk.old_lines,
                "new_start": hunk.new_start,
                "new_lines": hunk.new_lines,
                "lines": [
                    {"kind": line.kind, "old": line.old, "new": line.new, "text": plain(line.text)}
                    | ({"no_newline": True} if line.no_newline else {})
                    for line in hunk.lines
                ],
            }
            for hunk in file.hunks
        ],
    } | ({"encoding": "unknown"} if any(odd(line.text) for h in file.hunks for line in h.lines) else {})


def odd(text: str) -> bool:
    """Not UTF-8 in the file: the reader kept the bytes as lone surrogates."""
    return any("\udc80" <= letter <= "\udcff" for letter in text)


def plain(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if odd(text) else text


def event(row: Event) -> Json:
    return {"seq": row.seq, "kind": row.kind, "actor": row.actor, "at": when(row.at), "data": row.data}
