"""An agent as the API tells it: everything but its key."""

from typing import Any

from teamboard.api.shapes import when
from teamboard.board.models import Agent, Tryout
from teamboard.board.tryouts import digest_of, tryout_of

Json = dict[str, Any]


def endpoint(kept: Json) -> Json | None:
    """Where it leads, and whether there is a key; never the key."""
    return {"base_url": kept["base_url"], "has_key": bool(kept.get("key"))} if kept.get("base_url") else None


def agent(row: Agent) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "command": row.command,
        "model": row.model,
        "mode": row.mode,
        "endpoint": endpoint(row.endpoint),
        "limits": row.limits,
        "role": row.role,
        "tryout": tryout(found) if (found := tryout_of(row)) else None,
    }


def tryout(row: Tryout) -> Json:
    return {
        "result": row.result,
        "outdated": row.digest != digest_of(row.agent),
        "version": row.version,
        "seen": row.seen,
        "failure": row.failure_code,
        "detail": row.detail,
        "seconds": row.seconds,
        "at": when(row.at),
    }
