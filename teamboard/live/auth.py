"""Who is at the other end of a socket: a bearer token, or else the browser's session."""

from importlib import import_module
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from teamboard.accounts.actions import user_of_token
from teamboard.accounts.models import User


def user_of(headers: dict[bytes, bytes]) -> User | None:
    """Asked again while the socket is open: a token may be revoked, a session ended."""
    word, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if word:
        return user_of_token(secret.strip()) if word.lower() == "bearer" else None
    return _user_of_session(parse_cookie(headers.get(b"cookie", b"").decode("latin-1")))


def _user_of_session(cookies: dict[str, str]) -> User | None:
    request = HttpRequest()
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(cookies.get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


class SocketUser:
    """Middleware: puts the user, or None, into the scope."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        user = await database_sync_to_async(user_of)(dict(scope["headers"]))
        await self.app({**scope, "user": user}, receive, send)
