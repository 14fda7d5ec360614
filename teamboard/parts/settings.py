"""The settings page: checks and how they do on the untouched target, the sandbox, grants and agents."""

import shlex
from typing import Any

from django.template.loader import render_to_string

from agents import NoSandbox, probe
from teamboard.board import machine, queries
from teamboard.board.actions.isolation import SENTENCE
from teamboard.board.models import Grant, Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import agents, branches, cost_panel, deleted, disk
from teamboard.parts.marks import safe
from teamboard.parts.registry import Frame, live_part


def context(project: Project) -> dict[str, Any]:
    return {
        "notes": notes(project),
        "checks": checks(project),
        "sandbox": sandbox(project),
        "agents_panel": agents.panel(project),
        "programs": agents.programs(),
        "kinds": agents.kinds(),
        "costs": cost_panel.panel(project),
        "disk": disk.panel(project),
        "deleted": deleted.panel(project),
    }


def notes(project: Project) -> str:
    """What is peculiar about the repository but no obstacle: submodules, LFS pointers."""
    return safe(render_to_string("settings/notes.html", {"project": project}))


def checks(project: Project) -> str:
    """Each check of what is in force (else of the proposal) beside its trial on the untouched target."""
    in_force, proposal = queries.settings_in_force(project), queries.latest_proposal(project)
    shown = in_force or proposal
    trials = {row.check_name: row for row in queries.calibrations(project)}
    rows = [
        {"name": name, "command": shlex.join(check["command"]), "check": check, "row": trials.get(name)}
        for name, check in (shown.checks if shown else {}).items()
    ]
    required = queries.required_checks(project)
    values = {
        "project": project,
        "rows": rows,
        "in_force": in_force,
        "proposal": proposal,
        "source": _source(project),
        "problem": queries.settings_problem(project),
        "required": required,
        "setup": shlex.join((shown.body.get("setup") or {}).get("command") or []) if shown else "",
    }
    return safe(render_to_string("settings/checks.html", values))


def _source(project: Project) -> str:
    row = queries.settings_in_force(project)
    if row is None:
        return "proposal"
    return row.source


def settings_form(project: Project) -> dict[str, Any]:
    """What the form begins with; checks one a line as `name: command`."""
    body = queries.body_to_calibrate(project)
    lines = [
        f"{name}{'' if check.get('required', True) else '?'}: {shlex.join(check['command'])}"
        for name, check in (body.get("checks") or {}).items()
    ]
    return {
        "checks": "\n".join(lines),
        "setup": shlex.join((body.get("setup") or {}).get("command") or []),
        "needs": ", ".join((body.get("sandbox") or {}).get("needs") or []),
        "network": (body.get("sandbox") or {}).get("network", "none"),
        "guarded": "\n".join((body.get("review") or {}).get("guarded") or []),
        "method": (body.get("merge") or {}).get("method", "merge"),
    }


def sandbox(project: Project) -> str:
    found = probe()
    missing = found if isinstance(found, NoSandbox) else None
    grants = queries.grants_for(project)
    values = {
        "project": project,
        "missing": missing,
        "waiver": machine.isolation_waiver(),
        "sentence": SENTENCE,
        "network": (queries.settings_body(project).get("sandbox") or {}).get("network"),
        "granted": any(grant.kind == Grant.NETWORK for grant in grants),
        "grants": grants,
    }
    return safe(render_to_string("settings/sandbox.html", values))


@live_part(
    facts.SettingsChanged,
    facts.CalibrationAsked,
    facts.Calibrated,
    facts.ProjectReady,
    facts.GrantChanged,
    facts.IsolationChanged,
    facts.PersonNamed,
    topic="settings",
)
def frames(logged: Logged) -> list[Frame]:
    project = Project.objects.filter(pk=logged.project).first()
    if project is None:
        return []
    topic = f"settings.{project.pk}"
    return [
        Frame(topic, target="notes", html=notes(project)),
        Frame(topic, target="calibration", html=checks(project)),
        Frame(topic, target="sandbox", html=sandbox(project)),
        Frame(topic, target="branches", html=branches.panel(project)),
    ]
