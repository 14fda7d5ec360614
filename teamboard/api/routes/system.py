"""Health: what runs and what does not."""

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from ninja import Router

import teamboard
from agents.sandbox import Sandbox, probe
from teamboard.events import queries as events

router = Router()


@router.get("/health", auth=None)
def health(request: HttpRequest) -> dict[str, Any]:
    """Status is "ok" only when everything answers; no secret and no path is told."""
    parts = {"database": _database(), "broker": _broker(), "sandbox": _sandbox()}
    status = "ok" if all(value == "ok" for value in parts.values()) else "degraded"
    return {"status": status, "version": teamboard.__version__, **parts, "workers": _workers()}


def _database() -> str:
    try:
        events.position(0)
    except DatabaseError:
        return "unreachable"
    return "ok"


def _client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3)


def _broker() -> str:
    client = _client()
    try:
        client.ping()
    except redis.RedisError:
        return "unreachable"
    finally:
        client.close()
    return "ok"


def _workers() -> dict[str, int]:
    """How many workers listen to each queue, as their heartbeats on the broker say; empty when it is unreachable."""
    client = _client()
    try:
        found: Any = client.hgetall("teamboard:workers")
    except redis.RedisError:
        return {}
    finally:
        client.close()
    return {name.decode(): int(count) for name, count in found.items()}


def _sandbox() -> str:
    return "ok" if isinstance(probe(), Sandbox) else "missing"
