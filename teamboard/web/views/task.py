"""Tasks: write, edit, move, start and give up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from teamboard.board import actions, queries
from teamboard.board.models import Agent, Project, Task
from teamboard.board.states import DELETED
from teamboard.parts import card_rows, cards, deleted
from teamboard.parts import task as parts
from teamboard.reviews import deletion
from teamboard.runs import actions as runs
from teamboard.web import access, forms, htmx
from teamboard.web.page import page, topics


def _changed(request: HttpRequest, task: Task, *, say: str = "") -> HttpResponse:
    """The task's page and its card: whichever of them is on the screen takes its part."""
    fresh = access.get_task(request, task.pk)
    shown = {"task-head": parts.head(fresh), "task-main": parts.main(fresh)}
    shown["deleted"] = deleted.panel(fresh.project)
    shown |= {f"card-{card.row.id}": cards.item(card) for card in card_rows.load(fresh.project, [fresh.pk])}
    return htmx.answer(request, shown, to=f"/tasks/{task.pk}/", say=say)


def _agent(project: Project, given: str) -> Agent | None:
    return Agent.objects.filter(project=project, pk=int(given)).first() if given.isdecimal() else None


@htmx.door("GET")
def show(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.get_task(request, pk)
    listening = topics(task, f"task.{pk}")
    return page(request, "task/page.html", task.project, topics=listening, here="board", **parts.context(task))


@htmx.door("GET")
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """What the edit dialog loads when it opens, so that it never shows what is no longer true."""
    task = access.get_task(request, pk, role=access.REVIEWER)
    return render(request, "task/form.html", parts.form(task))


@htmx.door("GET")
def start_form(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.get_task(request, pk, role=access.ARCHITECT)
    return render(request, "task/start_form.html", parts.form(task))


@htmx.door("GET")
def delete_form(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what of its work is kept nowhere else."""
    task = access.get_task(request, pk, role=access.ARCHITECT)
    return render(request, "task/delete_form.html", {"task": task, "loose": sorted(deletion.loose_refs(task))})


@htmx.door("POST")
def create(request: HttpRequest, pid: int) -> HttpResponse:
    """One line makes a card; `start` also starts it, when there is an agent."""
    project, me = access.get_project(request, pid, role=access.REVIEWER), access.person(request)
    fields = forms.TaskText(request.POST).fields_given(project)
    task = actions.create_task(project, by=me, state="ready" if fields["agent"] else "backlog", **fields)
    if (
        request.POST.get("start")
        and task.agent
        and not fields["waits_for"]
        and queries.may(me, project, access.ARCHITECT)
    ):
        runs.start_run(task, task.agent, by=me)
    card = card_rows.load(project, [task.pk])[0]
    added = (f"lane-list-{card.column}", cards.item(card))
    return htmx.answer(request, {}, to=f"/p/{pid}/", append=added, say=f"{task.ref} is on the board.")


@htmx.door("POST")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.get_task(request, pk, role=access.REVIEWER)
    fields = forms.TaskText(request.POST).fields_given(task.project)
    actions.edit_task(task, by=access.person(request), **fields)
    return _changed(request, task, say="Saved.")


@htmx.door("POST")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.get_task(request, pk, role=access.REVIEWER)
    given = request.POST.get("before", "")
    before = access.get_task(request, int(given)) if given.isdecimal() else None
    actions.move_task(task, by=access.person(request), state=request.POST.get("state") or None, before=before)
    return _changed(request, task)


@htmx.door("POST")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """From the board the card moves; from the task's own page the run opens."""
    task = access.get_task(request, pk, role=access.ARCHITECT)
    chosen = _agent(task.project, request.POST.get("agent", ""))
    run = runs.start_run(task, chosen or task.agent, by=access.person(request))
    if "agent" in request.POST:
        return htmx.go(request, f"/runs/{run.pk}/")
    return _changed(request, task, say=f"{task.ref} is started.")


@htmx.door("POST")
def abandon(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.get_task(request, pk, role=access.REVIEWER)
    actions.abandon_task(task, by=access.person(request))
    return _changed(request, task, say=f"{task.ref} is abandoned; nothing is deleted.")


@htmx.door("POST")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    task = access.get_task(request, pk, role=access.ARCHITECT)
    deletion.delete_task(task, by=access.person(request), archive="archive" in request.POST)
    return _changed(request, task, say=f"{task.ref} is deleted; Restore puts it back.")


@htmx.door("POST")
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Of a deleted task where it was; of an abandoned one, ready."""
    task, me = access.get_task(request, pk, role=access.REVIEWER), access.person(request)
    if task.state == DELETED:
        actions.undelete_task(task, by=me)
        return _changed(request, task, say=f"{task.ref} is back.")
    actions.move_task(task, by=me, state="ready")
    return _changed(request, task, say=f"{task.ref} is ready again.")
