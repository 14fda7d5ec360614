"""The AI teammates of a project."""

import shlex
import tomllib
from typing import Any

from django.db import transaction

from agents import KINDS
from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import endpoints, errors
from teamboard.board.models import Agent, Project
from teamboard.board.rights import require
from teamboard.events import bus
from teamboard.events.catalogue import AgentChanged

COMMAND, SCRIPTED = "command", "scripted"
LIMITS = ("tokens", "usd", "minutes", "idle_minutes")
FIELDS = ("name", "kind", "command", "script", "model", "mode", "endpoint", "limits", "role")


@transaction.atomic
def add_agent(project: Project, *, by: User, name: str, kind: str = COMMAND, **fields: Any) -> Agent:
    """`command`: argv, or one line as a shell would split it; `script`: TOML for kind `scripted`.

    Further fields: model, mode, endpoint, limits, role.
    """
    require(by, project, ARCHITECT, "add agents")
    agent = Agent(project=project)
    return _save(agent, by, {"name": name, "kind": kind, **fields})


@transaction.atomic
def edit_agent(agent: Agent, *, by: User, **fields: Any) -> Agent:
    require(by, agent.project, ARCHITECT, "edit agents")
    return _save(agent, by, fields)


def _save(agent: Agent, by: User, fields: dict[str, Any]) -> Agent:
    # Names are compared under the project's lock, so that two people cannot take one at once.
    Project.objects.select_for_update().get(pk=agent.project_id)
    for name, value in fields.items():
        if name not in FIELDS:
            raise errors.invalid(f"An agent has no “{name}”.", f"It has {', '.join(FIELDS)}.", field=name)
        setattr(agent, name, endpoints.stored(value, agent.endpoint) if name == "endpoint" else value)
    agent.name = _checked_name(agent)
    agent.command = _argv(agent.command)
    _check_kind(agent)
    _check_mode(agent)
    _check_limits(agent.limits)
    agent.save()
    bus.publish(AgentChanged(project=agent.project_id, agent=agent.pk), actor=by.actor)
    return agent


def _checked_name(agent: Agent) -> str:
    name = " ".join(str(agent.name).split())
    if not name or len(name) > 60:
        raise errors.invalid("An agent needs a name of up to 60 letters.", "Give it one.", field="name")
    same = Agent.objects.filter(project_id=agent.project_id, name__iexact=name).exclude(pk=agent.pk).first()
    if same is not None:
        raise errors.agent_name_taken(same)
    return name


def _argv(command: Any) -> list[str]:
    if isinstance(command, str):
        try:
            return shlex.split(command)
        except ValueError:
            raise errors.invalid(
                "The command has a quote that is never closed.", "Close it, or give a list of words.", field="command"
            ) from None
    if not isinstance(command, list | tuple) or not all(isinstance(word, str) for word in command):
        raise errors.invalid("The command must be words.", "Give a line, or a list of strings.", field="command")
    return list(command)


def _check_kind(agent: Agent) -> None:
    if agent.kind not in KINDS:
        raise errors.invalid(
            f"Agents of the kind “{agent.kind}” are not known here.", f"Use {' or '.join(sorted(KINDS))}.", field="kind"
        )
    if KINDS[agent.kind].takes_command and not (agent.command and agent.command[0].strip()):
        raise errors.no_command()
    if agent.kind == SCRIPTED:
        _check_script(agent.script)


def _check_script(script: str) -> None:
    if not script.strip():
        raise errors.invalid("The scripted agent has no script.", "Give a TOML script with [[step]].", field="script")
    try:
        tomllib.loads(script)
    except tomllib.TOMLDecodeError as error:
        raise errors.invalid(f"The script does not parse: {error}.", "Correct that line.", field="script") from None


def _check_mode(agent: Agent) -> None:
    kind = KINDS[agent.kind]
    if agent.mode and agent.mode not in kind.modes:
        remedy = f"Use {', '.join(kind.modes)}." if kind.modes else "Leave it empty."
        raise errors.invalid(f"{kind.label} has no mode “{agent.mode}”.", remedy, field="mode")
    if agent.endpoint and not kind.speaks:
        remedy = "Leave it out; a command has what its own settings say."
        raise errors.invalid(f"{kind.label} is not pointed at an endpoint by the board.", remedy, field="endpoint")


def _check_limits(limits: Any) -> None:
    if not isinstance(limits, dict):
        raise errors.invalid("The limits must be a table.", "Give names with values.", field="limits")
    for name, value in limits.items():
        if name not in LIMITS or isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise errors.invalid(
                f"“{name}: {value}” is not a limit.", f"Give {', '.join(LIMITS)} as numbers above 0.", field="limits"
            )
