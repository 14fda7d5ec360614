"""The agents of a project as they are set and tried, and the programs that this machine has for them."""

import shlex
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from agents import KINDS
from agents.programs import finding
from agents.programs.table import PROGRAMS, Program
from agents.programs.versions import version
from agents.registry import Kind
from teamboard.board import queries
from teamboard.board.models import Agent, Project, Tryout
from teamboard.board.tryouts import digest_of, tryout_of
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import safe
from teamboard.parts.registry import Frame, live_part
from teamboard.runs.failures import failure

ABILITIES = {"edit": "edits", "tools": "runs commands", "resume": "goes on later", "usage": "tells its usage"}


def panel(project: Project) -> str:
    rows = [_row(agent) for agent in queries.agents_of(project)]
    return safe(render_to_string("settings/agents.html", {"project": project, "rows": rows}))


def kind_of(agent: Agent) -> Kind:
    return KINDS[agent.kind]


def kinds() -> list[Kind]:
    return list(KINDS.values())


def _row(agent: Agent) -> dict[str, Any]:
    tryout = tryout_of(agent)
    kind = KINDS.get(agent.kind)
    return {
        "agent": agent,
        "label": kind.label if kind else agent.kind,
        "command": shlex.join(agent.command),
        "endpoint": agent.endpoint.get("base_url", ""),
        "has_key": bool(agent.endpoint.get("key")),
        "tryout": tryout,
        "outdated": tryout is not None and tryout.digest != digest_of(agent),
        "abilities": _abilities(tryout, kind) if tryout else "",
        "failure": failure(tryout.failure_code) if tryout and tryout.failure_code else None,
    }


def _abilities(tryout: Tryout, kind: Kind | None) -> str:
    """What was seen, and of what was not the plain word."""
    seen = [words for name, words in ABILITIES.items() if tryout.seen.get(name)]
    asks = ["can ask for permissions"] if kind and kind.asks else []
    missing = [words for name, words in ABILITIES.items() if not tryout.seen.get(name)]
    return ", ".join(seen + asks) + (f"; not seen: {', '.join(missing)}" if missing else "")


def programs() -> str:
    """Which are installed; nothing is started for it."""
    rows = [_program(program) for program in PROGRAMS.values() if program.commands]
    rows.sort(key=lambda row: not row["found"])
    return safe(render_to_string("settings/programs.html", {"rows": rows}))


def _program(program: Program) -> dict[str, Any]:
    found = finding.find(program.commands)
    return {
        "program": program,
        "found": found,
        "version": version(found, program.package) if found else "",
        "signed_in": any((Path.home() / name).is_file() for name in program.credentials),
    }


@live_part(facts.AgentChanged, facts.TryoutMoved, topic="settings")
def frames(logged: Logged) -> list[Frame]:
    project = Project.objects.filter(pk=logged.project).first()
    return [Frame(f"settings.{project.pk}", target="agents", html=panel(project))] if project else []
