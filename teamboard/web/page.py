"""A whole page: its own context and what surrounds it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from teamboard.accounts.models import User
from teamboard.board import queries
from teamboard.board.models import Project, Task
from teamboard.parts import own, shell
from teamboard.parts.banner import banners
from teamboard.reviews.models import Change
from teamboard.runs.models import Run
from teamboard.web.late import filled


def topics(row: Project | Task | Run | Change, *names: str) -> str:
    """Ask for this first, then read the rows of the page: what changes in between arrives as a frame.

    `row` was fetched before, for its right, so it is read again.
    """
    project = row if isinstance(row, Project) else row.project
    position = shell.position(project, *names, f"project.{project.pk}")
    row.refresh_from_db()
    return position


def page(
    request: HttpRequest, template: str, project: Project | None = None, *, topics: str = "", **context: Any
) -> HttpResponse:
    return render(request, template, _surrounded(request, project, topics, context))


def long_page(
    request: HttpRequest, template: str, project: Project, late: Mapping[str, bytes], *, topics: str, **context: Any
) -> HttpResponse:
    """`late` is the markup for each `{% late name %}` of the template."""
    rendered = render_to_string(template, _surrounded(request, project, topics, context), request)
    return HttpResponse(filled(rendered, late))


def _surrounded(request: HttpRequest, project: Project | None, topics: str, context: dict[str, Any]) -> dict[str, Any]:
    """What is a person's own is read here, or by the template, and so after the position of its topic."""
    me = request.user if isinstance(request.user, User) else None
    context |= {"project": project, "topics": topics, "me": me, "role": ""}
    if me:
        context["topics"] = f"{topics} {shell.own_position(me)}".strip()
        me.refresh_from_db(fields=["display_name", "instance_role"])
        context |= {"own": own.pieces(me), "banners": banners(project)}
    if me and project:
        context["role"] = queries.role_in(me, project)
        context["nav"] = context.get("nav") or shell.nav_counts(project)
    return context
