"""Agents one by one: try one on this machine."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from teamboard.api import agent_shapes, answers
from teamboard.api.auth import ARCHITECT, caller, get_agent
from teamboard.board import actions

router = Router()


@router.post("/agents/{pk}/tryout", response=answers.Tryout)
def try_agent(request: HttpRequest, pk: int) -> dict[str, Any]:
    """On a harmless task in a scratch repository, in the sandbox; its end is told with the agent."""
    row = get_agent(request, pk, ARCHITECT)
    return agent_shapes.tryout(actions.ask_tryout(row, by=caller(request)))
