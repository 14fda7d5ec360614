"""What holds for the whole board: the emergency stop, and running without a sandbox."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from agents import NoSandbox, probe
from teamboard.api import answers
from teamboard.api.auth import caller
from teamboard.api.schemas import Reason, Sentence
from teamboard.api.shapes import when
from teamboard.board import actions as board
from teamboard.board.actions.isolation import SENTENCE
from teamboard.board.machine import isolation_waiver
from teamboard.runs import actions as runs
from teamboard.runs.queries import halted

router = Router()
Json = dict[str, Any]


def _halt() -> Json:
    row = halted()
    if row is None:
        return {"halted": False, "reason": "", "by": None, "at": None}
    by = row.pulled_by.username if row.pulled_by else None
    return {"halted": True, "reason": row.reason, "by": by, "at": when(row.pulled_at)}


@router.get("/halt", response=answers.Halt)
def read_halt(request: HttpRequest) -> Json:
    return _halt()


@router.post("/halt", response=answers.Halt)
def halt(request: HttpRequest, body: Reason) -> Json:
    """Stop every agent of the board within seconds; none starts until it is released."""
    runs.halt(by=caller(request), reason=body.reason)
    return _halt()


@router.post("/halt/release", response=answers.Halt)
def release(request: HttpRequest) -> Json:
    runs.release_halt(by=caller(request))
    return _halt()


def _isolation() -> Json:
    found, row = probe(), isolation_waiver()
    missing = found if isinstance(found, NoSandbox) else None
    by = row.accepted_by.username if row and row.accepted_by else None
    return {
        "sandbox": "missing" if missing else "ok",
        "reason": missing.reason if missing else "",
        "remedy": missing.remedy if missing else "",
        "sentence": SENTENCE,
        "accepted": {"by": by, "at": when(row.accepted_at)} if row else None,
    }


@router.get("/isolation", response=answers.Isolation)
def read_isolation(request: HttpRequest) -> Json:
    return _isolation()


@router.post("/isolation", response=answers.Isolation)
def accept(request: HttpRequest, body: Sentence) -> Json:
    """Let agents run where no sandbox works: `sentence` has to be the very words that GET gives."""
    board.accept_no_isolation(by=caller(request), sentence=body.sentence)
    return _isolation()


@router.delete("/isolation", response=answers.Isolation)
def revoke(request: HttpRequest) -> Json:
    board.revoke_no_isolation(by=caller(request))
    return _isolation()
