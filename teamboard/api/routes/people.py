"""Members and invitations."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from teamboard.api import answers, shapes
from teamboard.api.auth import ARCHITECT, caller, get_project
from teamboard.api.schemas import NewInvitation
from teamboard.board import actions, queries
from teamboard.lib import sharing

router = Router()
Json = dict[str, Any]


@router.get("/projects/{pk}/members", response=list[answers.Member])
def members(request: HttpRequest, pk: int) -> list[Json]:
    return [
        {"user": row.user.username, "name": row.user.label, "role": row.role, "since": shapes.when(row.since)}
        for row in queries.members(get_project(request, pk))
    ]


@router.post("/projects/{pk}/invitations", response=answers.Invitation)
def invite(request: HttpRequest, pk: int, body: NewInvitation) -> Json:
    """The link is told this once."""
    project = get_project(request, pk, ARCHITECT)
    life = timedelta(hours=body.expires_in)
    row, secret = actions.invite(project, role=body.role, by=caller(request), expires_in=life)
    shared = sharing.current(settings.DATA_DIR)
    origin = shared.origin if shared else settings.ORIGINS[-1]
    return {"id": row.pk, "link": f"{origin}/join/#{secret}", "expires_at": shapes.when(row.expires_at)}
