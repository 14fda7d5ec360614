"""The board as live tests serve it: the real live layer around a small page, with parts that only they know."""

# ruff: noqa: E402 (Django must be set up before its models are imported)

import json
import os
from pathlib import Path

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")
http = get_asgi_application()

from teamboard.board.models import Task
from teamboard.events.bus import Logged
from teamboard.events.catalogue import (
    CalibrationAsked,
    GrantChanged,
    InvitationChanged,
    QueueFrozen,
    TaskChanged,
    TaskCreated,
)
from teamboard.live.routing import application as live_application
from teamboard.parts import registry
from teamboard.parts.registry import Frame, live_part

# The product's own parts are tested with their pages; here they would only be in the way.
registry.load()
registry._parts.clear()


@live_part(TaskCreated, TaskChanged, topic="task")
def heading(logged: Logged) -> list[Frame]:
    task = Task.objects.get(pk=logged.fact.task)
    return [Frame(f"task.{task.pk}", target=f"heading-{task.pk}", html=f'<h1 id="heading-{task.pk}">{task.title}</h1>')]


@live_part(InvitationChanged, topic="team")
def invitations(logged: Logged) -> list[Frame]:
    number = logged.fact.invitation
    return [
        Frame(f"team.{logged.project}", target="invitations", swap="append", html=f'<li id="invitation-{number}"></li>')
    ]


@live_part(QueueFrozen, topic="queue")
def frozen(logged: Logged) -> list[Frame]:
    return [Frame(f"queue.{logged.project}", kind="hint", target="train", url=f"/p/{logged.project}/queue/train/")]


@live_part(CalibrationAsked, topic="settings")
def broken(logged: Logged) -> list[Frame]:
    raise RuntimeError("this part is broken on purpose")


@live_part(GrantChanged, topic="board")
def dictated(logged: Logged) -> list[Frame]:
    """Whatever a test wrote down to be shown."""
    file = Path(settings.DATA_DIR) / f"frames-{logged.fact.grant}.json"
    return [Frame(f"board.{logged.project}", **frame) for frame in json.loads(file.read_text())]


def document(path: str) -> tuple[str, bytes]:
    """The page a test wrote, our static files, and for anything else its own path."""
    if path == "/page/":
        return "text/html; charset=utf-8", (Path(settings.DATA_DIR) / "page.html").read_bytes()
    if path.startswith("/static/"):
        return "text/javascript", (settings.BASE_DIR / path[1:]).read_bytes()
    return "text/plain", path.encode()


async def page(scope, receive, send):
    kind, body = document(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
    await send({"type": "http.response.body", "body": body})


application = live_application(page, beat_seconds=0.3)
