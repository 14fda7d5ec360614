"""Health: what runs and what does not."""

from dataclasses import asdict
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from ninja import Router

import teamboard
from agents.sandbox import Sandbox, probe
from teamboard.api import answers
from teamboard.runs import workers

router = Router()


@router.get("/health", auth=None, response=answers.Health)
def health(request: HttpRequest) -> dict[str, Any]:
    """Status is "ok" only when everything answers; no secret and no path is told."""
    processes = _processes()
    parts = {"database": "unreachable" if processes is None else "ok", "broker": _broker(), "sandbox": _sandbox()}
    whole = all(value == "ok" for value in parts.values()) and not workers.missing(processes or [])
    told = None if processes is None else [asdict(one) for one in processes]
    return {"status": "ok" if whole else "degraded", "version": teamboard.__version__, **parts, "workers": told}


def _processes() -> list[workers.Seen] | None:
    """None where the database does not answer: then nobody knows."""
    try:
        return workers.seen()
    except DatabaseError:
        return None


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
