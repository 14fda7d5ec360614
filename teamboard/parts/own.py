"""What a person's own pages show of them: their name, their projects, their tokens. Told to nobody else."""

from typing import Any

from django.template.loader import render_to_string

from teamboard.accounts import queries as people
from teamboard.accounts.models import ARCHITECT, User
from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.events import catalogue as facts
from teamboard.events.bus import Logged
from teamboard.parts import banner
from teamboard.parts.marks import esc, safe
from teamboard.parts.registry import Frame, live_part, looked_at


def pieces(me: User) -> dict[str, Any]:
    """What stands on every page."""
    return {"mark": mark(me), "name": name(me), "projects": menu(me)}


def mark(me: User) -> str:
    called = esc(me.label)
    return safe(
        f'<button class="who" id="me-mark" type="button" popovertarget="me" data-size="l" aria-label="{called}" '
        f'title="{called}">{esc(me.initials)}</button>'
    )


def name(me: User) -> str:
    return safe(f'<span id="me-name">{esc(me.label)}</span>')


def menu(me: User) -> str:
    """The same on every page: which one is open, the page marks by itself."""
    return safe("".join(_link(row) for row in queries.projects_of(me)))


def _link(row: Project) -> str:
    named = f'{esc(row.name)}<span class="branch">{esc(row.target)}</span>'
    return f'<a href="/p/{row.pk}/" data-project="{row.pk}">{named}</a>'


def projects(me: User) -> str:
    """The list on the start page."""
    rows = [(project, queries.role_in(me, project)) for project in queries.projects_of(me)]
    values = {"rows": rows, "may_open": me.instance_role == ARCHITECT}
    return safe(render_to_string("start/projects.html", values))


def tokens(me: User) -> str:
    """A secret that is shown once stands beside the list, so that a frame does not take it away."""
    return safe(render_to_string("team/token_list.html", {"rows": people.tokens_of(me)}))


def frames_of(me: User) -> list[Frame]:
    topic = f"person.{me.pk}"
    made = {"me-mark": mark(me), "me-name": name(me), "project-list": projects(me), "token-list": tokens(me)}
    whole = [Frame(topic, target=target, html=html) for target, html in made.items()]
    return [*whole, Frame(topic, target="projects", swap="inner", html=menu(me))]


@live_part(facts.UserChanged, topic="person")
def frames(logged: Logged) -> list[Frame]:
    found = User.objects.filter(pk=getattr(logged.fact, "user", 0))
    return [frame for me in found for frame in frames_of(me)]


@live_part(facts.ProjectListed, topic="person")
def listed(logged: Logged) -> list[Frame]:
    return [frame for me in looked_at("person", User.objects.all()) for frame in frames_of(me)]


@live_part(facts.AgentsHalted, facts.IsolationChanged, facts.PersonNamed, topic="person")
def warned(logged: Logged) -> list[Frame]:
    """Pages of no project in particular."""
    shown = banner.banners()
    rows = looked_at("person", User.objects.all())
    return [Frame(f"person.{me.pk}", target="board-banners", html=shown) for me in rows]
