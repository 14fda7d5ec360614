"""Settings: what is checked, what sandboxes may read, who the agents are."""

import shlex
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from teamboard.board import actions, queries
from teamboard.board.models import Project
from teamboard.board.projectfile import NETWORKS
from teamboard.lib.refusal import Refused
from teamboard.parts import agents, disk
from teamboard.parts import settings as parts
from teamboard.web import access, forms, htmx
from teamboard.web.page import page, topics

METHODS = ("merge", "squash", "rebase")


def _answer(request: HttpRequest, project: Project, *names: str, say: str = "") -> HttpResponse:
    draw = {"calibration": parts.checks, "sandbox": parts.sandbox, "agents": agents.panel, "disk": disk.panel}
    shown = {name: draw[name](project) for name in names}
    return htmx.answer(request, shown, to=f"/p/{project.pk}/settings/", say=say)


@htmx.door("GET")
def show(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid)
    listening = topics(project, f"settings.{pid}")
    return page(request, "settings/page.html", project, topics=listening, here="settings", **parts.context(project))


@htmx.door("GET")
def form(request: HttpRequest, pid: int) -> HttpResponse:
    """What the dialog loads when it opens."""
    project = access.get_project(request, pid, role=access.ARCHITECT)
    context = {"project": project, "editor": parts.settings_form(project), "methods": METHODS, "networks": NETWORKS}
    return render(request, "settings/form.html", context)


@htmx.door("POST")
def accept(request: HttpRequest, pid: int) -> HttpResponse:
    """The board's proposal as it is, or what the form says."""
    project = access.get_project(request, pid, role=access.ARCHITECT)
    body = _proposed(project, request) if "proposal" in request.POST else _body(request)
    actions.accept_settings(project, body=body, by=access.person(request))
    return _answer(request, project, "calibration", say="Accepted.")


def _proposed(project: Project, request: HttpRequest) -> dict[str, Any]:
    row = queries.latest_proposal(project)
    if row is None:
        raise Http404
    if str(row.pk) != request.POST["proposal"]:
        raise Refused("stale_proposal", "The proposal has changed.", remedy="Read the new one, then accept it.")
    return dict(row.body)


def _body(request: HttpRequest) -> dict[str, Any]:
    given = forms.cleaned(forms.SettingsText(request.POST))
    body: dict[str, Any] = {
        "checks": dict(map(_check, given["checks"])),
        "merge": {"method": given["method"] or "merge"},
    }
    if given["setup"]:
        body["setup"] = {"command": given["setup"]}
    body["sandbox"] = {"needs": given["needs"], "network": given["network"] or "none"}
    if given["guarded"]:
        body["review"] = {"guarded": given["guarded"]}
    return body


def _check(line: str) -> tuple[str, dict[str, Any]]:
    """`name: command`, with a question mark behind the name of one that is not required."""
    name, colon, command = line.partition(":")
    try:
        argv = shlex.split(command)
    except ValueError:
        argv = []
    if not colon or not argv:
        remedy = "Write one check a line, like: tests: python -m pytest -q"
        raise Refused("invalid", f"“{line}” is not a check.", remedy=remedy, status=422)
    name = name.strip()
    return name.removesuffix("?"), {"command": argv, "required": not name.endswith("?")}


@htmx.door("POST")
def calibrate(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    actions.ask_calibration(project, by=access.person(request))
    return _answer(request, project, "calibration", say="The checks run on the untouched target.")


@htmx.door("POST")
def collect(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    actions.ask_collection(project, by=access.person(request))
    return _answer(request, project, "disk", say="What the rules do not keep is being collected.")


@htmx.door("POST")
def grant(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    given = forms.cleaned(forms.GrantText(request.POST))
    actions.grant(by=access.person(request), project=project, **given)
    return _answer(request, project, "sandbox", say="Granted.")


@htmx.door("POST")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.get_grant(request, pk)
    project = row.project
    actions.revoke_grant(row, by=access.person(request))
    if project is None:
        raise Http404
    return _answer(request, project, "sandbox", say="Taken back.")


@htmx.door("POST")
def add_agent(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    given = forms.AgentText(request.POST).fields_given()
    agent = actions.add_agent(project, by=access.person(request), **given)
    return _answer(request, project, "agents", say=f"{agent.name} is on the team.")


@htmx.door("GET")
def agent_form(request: HttpRequest, pk: int) -> HttpResponse:
    agent = access.get_agent(request, pk, role=access.ARCHITECT)
    values = {"agent": agent, "command": shlex.join(agent.command), "kind": agents.kind_of(agent)}
    return render(request, "settings/agent_form.html", values)


@htmx.door("POST")
def edit_agent(request: HttpRequest, pk: int) -> HttpResponse:
    agent = access.get_agent(request, pk, role=access.ARCHITECT)
    given = forms.AgentText(request.POST).fields_given()
    optional = ("model", "mode", "endpoint") if agents.kind_of(agent).speaks else ()
    given = {name: value for name, value in given.items() if name in optional or (name != "endpoint" and value)}
    actions.edit_agent(agent, by=access.person(request), **given)
    return _answer(request, agent.project, "agents", say="Saved.")


@htmx.door("POST")
def try_agent(request: HttpRequest, pk: int) -> HttpResponse:
    agent = access.get_agent(request, pk, role=access.ARCHITECT)
    actions.ask_tryout(agent, by=access.person(request))
    return _answer(request, agent.project, "agents", say=f"{agent.name} is tried in a scratch repository.")
