"""What holds for the whole board and nobody may overlook, on every page: all agents stopped, or none held in."""

from agents import NoSandbox, probe
from teamboard.board.machine import isolation_waiver
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts.marks import ago, esc, icon, safe
from teamboard.parts.registry import Frame, live_part
from teamboard.runs.queries import halted


def banners() -> str:
    return safe(f'<div class="banners" id="banners">{_halted()}{_unisolated()}</div>')


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


@live_part(facts.AgentsHalted, facts.IsolationChanged, topic="project")
def frames(logged: Logged) -> list[Frame]:
    return [Frame(f"project.{logged.project}", target="banners", html=banners())] if logged.project else []
