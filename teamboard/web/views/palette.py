"""Find or do: one field that finds tasks, changes and branches, and knows the pages."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from teamboard.board import queries
from teamboard.board.models import Project
from teamboard.reviews.models import Change
from teamboard.web import access, htmx

MOST = 8


@dataclass(frozen=True, slots=True)
class Found:
    icon: str
    text: str
    note: str
    href: str = ""
    opens: str = ""


@htmx.door("GET")
def everywhere(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    return _render(request, {"Projects": _projects(request, query)})


@htmx.door("GET")
def in_project(request: HttpRequest, pid: int) -> HttpResponse:
    project, query = access.get_project(request, pid), request.GET.get("q", "").strip()
    tasks_only = query.startswith("#")
    query = query.removeprefix("#").strip()
    groups = {"Tasks": _tasks(project, query)}
    if not tasks_only:
        groups |= {"Changes": _changes(project, query), "Branches": _branches(project, query)}
        groups |= {"Do": _deeds(project, query), "Projects": _projects(request, query)}
    return _render(request, groups)


def _render(request: HttpRequest, groups: dict[str, list[Found]]) -> HttpResponse:
    return render(request, "palette_results.html", {"groups": {name: of for name, of in groups.items() if of}})


def _tasks(project: Project, query: str) -> list[Found]:
    if not query:
        return []
    rows = queries.tasks_page(project, text=query)[:MOST]
    return [Found("file-text", f"{row.ref} {row.title}", row.state, f"/tasks/{row.id}/") for row in rows]


def _changes(project: Project, query: str) -> list[Found]:
    words = Q(title__icontains=query) | Q(branch__icontains=query)
    if query.isdecimal() and len(query) < 9:
        words |= Q(number=int(query))
    rows = Change.objects.filter(words, project=project).order_by("-id")[:MOST] if query else []
    return [
        Found("git-pull-request", f"Change {row.number} {row.title}", row.state, f"/changes/{row.pk}/") for row in rows
    ]


def _branches(project: Project, query: str) -> list[Found]:
    names = [str(branch.get("name", "")) for branch in project.branches]
    found = [name for name in names if query and query.lower() in name.lower()][:MOST]
    return [Found("git-branch", name, "review it", f"/p/{project.pk}/branches/") for name in found]


def _deeds(project: Project, query: str) -> list[Found]:
    home = f"/p/{project.pk}/"
    deeds = [
        Found("plus", "New task", "n", opens="new-task"),
        Found("layers", "Board", "g b", home),
        Found("git-pull-request", "Review", "g r", home + "review/"),
        Found("train-front", "Queue", "g q", home + "queue/"),
        Found("git-branch", "Branches", "what is already here", home + "branches/"),
        Found("user-plus", "Invite a teammate", "team", home + "team/"),
        Found("flask-conical", "Checks and settings", "settings", home + "settings/"),
    ]
    return [deed for deed in deeds if query.lower() in deed.text.lower()]


def _projects(request: HttpRequest, query: str) -> list[Found]:
    rows = queries.projects_of(access.person(request))
    found = [row for row in rows if query.lower() in row.name.lower()][:MOST]
    return [Found("folder-git-2", row.name, row.target, f"/p/{row.pk}/") for row in found]
