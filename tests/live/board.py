"""The board as live tests serve it: the real live layer around a small page, with parts that only they know."""

# ruff: noqa: E402 (Django must be set up before its models are imported)

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")
http = get_asgi_application()

from teamboard.board.models import Task
from teamboard.events.bus import Logged
from teamboard.events.catalogue import CalibrationAsked, InvitationChanged, QueueFrozen, TaskChanged, TaskCreated
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


async def page(scope, receive, send):
    """Answers everything with its own path, so that the guard can be seen at work."""
    body = scope["path"].encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


application = live_application(page, beat_seconds=0.3)
