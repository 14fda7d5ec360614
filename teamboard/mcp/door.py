"""Where agents call the board back: one address, a token of a run's turn, JSON in and JSON out."""

import json
import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from teamboard.lib.lease import LeaseLost
from teamboard.mcp import protocol
from teamboard.runs import actions
from teamboard.runs.actions import Claim

log = logging.getLogger(__name__)

BIGGEST = 64 * 1024
OVER = "This token is not, or no longer, good: it ends with the turn of the run that it was made for."


@csrf_exempt
def called(request: HttpRequest) -> HttpResponse:
    """Streamable HTTP without the stream: a GET, which would open one, is told that there is none."""
    if request.method != "POST":
        return _said(405, "Send one JSON-RPC message by POST; nothing is streamed here.", Allow="POST")
    if _size(request) > BIGGEST:
        return _said(413, f"A call may have {BIGGEST:,} bytes. Say it shorter.")
    claim = actions.claim_of_token(_token(request))
    if claim is None:
        return _said(401, OVER, **{"WWW-Authenticate": "Bearer"})
    if request.headers.get("MCP-Protocol-Version", protocol.VERSIONS[0]) not in protocol.VERSIONS:
        return _said(400, f"The board speaks these versions of the protocol: {', '.join(protocol.VERSIONS)}.")
    try:
        message = json.loads(request.body)
    except (ValueError, RecursionError):
        return _said(400, "This is not JSON.")
    return _answered(claim, message)


def _answered(claim: Claim, message: Any) -> HttpResponse:
    try:
        answer = protocol.answer(claim, message)
    except LeaseLost:
        return _said(401, OVER, **{"WWW-Authenticate": "Bearer"})
    except (OperationalError, InterfaceError):
        log.warning("a call of an agent found the database busy", exc_info=True)
        return _said(503, "The board is busy. Call again in a moment.")
    return HttpResponse(status=202) if answer is None else JsonResponse(answer)


def _size(request: HttpRequest) -> int:
    given = request.headers.get("Content-Length", "")
    return int(given) if given.isdecimal() else len(request.body)


def _token(request: HttpRequest) -> str:
    word, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if word.lower() == "bearer" else ""


def _said(status: int, sentence: str, **headers: str) -> HttpResponse:
    """JSON-RPC has a shape for errors too, and some clients show nothing else."""
    body = protocol.failed(None, protocol.NOT_A_REQUEST, sentence)
    return JsonResponse(body, status=status, headers=headers)
