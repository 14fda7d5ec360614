"""Reads of tryouts: the one of an agent, and whether it was tried as it is set now."""

import hashlib
import json

from teamboard.board.models import Agent, Tryout


def digest_of(agent: Agent) -> str:
    """Of all that decides how it works; another name changes nothing."""
    words = [agent.kind, agent.command, agent.script, agent.model, agent.mode, agent.endpoint, agent.signed_in]
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def tryout_of(agent: Agent) -> Tryout | None:
    return Tryout.objects.select_related("agent").filter(agent=agent).first()
