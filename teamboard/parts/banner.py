"""What holds for the whole board and nobody may overlook, on every page: all agents stopped, or none held in."""

from agents import NoSandbox, probe
from teamboard.board.machine import isolation_waiver
from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.lib.text import bare
from teamboard.parts.marks import ago, esc, icon, safe
from teamboard.parts.registry import Frame, live_part
from teamboard.runs.queries import halted


def banners(project: Project | None = None) -> str:
    """On a page of a project, what holds for that one too."""
    of_project = _lost(project) if project else ""
    name = "banners" if project else "board-banners"
    return safe(f'<div class="banners" id="{name}">{_halted()}{_unisolated()}{of_project}</div>')


def _lost(project: Project) -> str:
    if not project.upstream_problem:
        return ""
    return (
        f'<div class="notice" id="banner-lost" data-tone="bad" role="status">{icon("circle-alert", "")}<span>'
        f"<b>The repository cannot be read.</b> {esc(bare(project.upstream_problem))} Until it can be "
        f"read again nothing lands and no new commit is seen. Noticed {ago(project.upstream_lost_at)} ago.</span></div>"
    )


def _halted() -> str:
    row = halted()
    if row is None:
        return ""
    who = esc(row.pulled_by.label) if row.pulled_by else "Somebody"
    why = f" “{esc(row.reason)}”" if row.reason else ""
    return (
        f'<div class="notice" id="banner-halted" data-tone="bad" role="status">{icon("square", "")}<span>'
        f"<b>All agents are stopped.</b> {who} stopped them {ago(row.pulled_at)} ago.{why} "
        f"None starts until this is released.</span>"
        f"{_button('release', '/halt/release/', 'Let agents start again')}</div>"
    )


def _unisolated() -> str:
    row = isolation_waiver()
    if row is None or not isinstance(probe(), NoSandbox):
        return ""
    who = esc(row.accepted_by.label) if row.accepted_by else "Somebody"
    return (
        f'<div class="notice" id="banner-unisolated" data-tone="bad" role="status">{icon("shield-alert", "")}<span>'
        f"<b>Agents run without isolation.</b> {who} accepted {ago(row.accepted_at)} ago that they can "
        f"read, change and delete everything that the board can.</span>"
        f"{_button('revoke', '/isolation/revoke/', 'End this')}</div>"
    )


def _button(act: str, url: str, word: str) -> str:
    return (
        f'<button type="button" class="btn push" data-size="s" data-needs="architect" data-act="{act}" '
        f'data-url="{url}">{word}</button>'
    )


@live_part(facts.AgentsHalted, facts.IsolationChanged, facts.UpstreamLost, facts.PersonNamed, topic="project")
def frames(logged: Logged) -> list[Frame]:
    found = Project.objects.filter(pk=logged.project)
    return [Frame(f"project.{project.pk}", target="banners", html=banners(project)) for project in found]
