"""Health: what runs and what does not."""

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from ninja import Router

import teamboard
from agents.sandbox import Sandbox, probe
from teamboard.api import answers
from teamboard.events import queries as events

router = Router()


@router.get("/health", response=answers.Health, auth=None)
def health(request: HttpRequest) -> dict[str, Any]:
    """Status is "ok" only when everything answers; no secret and no path is told.

    `workers` is null, unknown: no worker tells this process yet that it is alive.
    """
    parts = {"database": _database(), "broker": _broker(), "sandbox": _sandbox()}
    status = "ok" if all(value == "ok" for value in parts.values()) else "degraded"
    return {"status": status, "version": teamboard.__version__, **parts, "workers": None}


def _database() -> str:
    try:
        events.position(0)
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3)
    try:
        client.ping()
    except redis.RedisError:
        return "unreachable"
    finally:
        client.close()
    return "ok"


def _sandbox() -> str:
    return "ok" if isinstance(probe(), Sandbox) else "missing"
