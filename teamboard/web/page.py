"""A whole page: its own context and what surrounds it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from teamboard.accounts.models import User
from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.parts import shell


def topics(project: Project, *names: str) -> str:
    """Ask for this first, then read the rows of the page: what changes in between arrives as a frame."""
    return shell.position(project, *names, f"project.{project.pk}")


def page(
    request: HttpRequest, template: str, project: Project | None = None, *, topics: str = "", **context: Any
) -> HttpResponse:
    me = request.user if isinstance(request.user, User) else None
    context |= {"project": project, "topics": topics, "me": me, "role": ""}
    if me and project:
        context["role"] = queries.role_in(me, project)
        context["nav"] = context.get("nav") or shell.nav_counts(project)
    if me:
        context["projects"] = queries.projects_of(me)
    return render(request, template, context)
