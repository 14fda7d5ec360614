"""Budgets and prices: read in a dialog, set by an Architect."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from teamboard.board.models import Project
from teamboard.lib.refusal import Refused
from teamboard.parts import cost_panel
from teamboard.runs import actions
from teamboard.runs.cost_models import SCOPES
from teamboard.web import access, forms, htmx


def _answer(request: HttpRequest, project: Project, say: str) -> HttpResponse:
    return htmx.answer(request, {"costs": cost_panel.panel(project)}, to=f"/p/{project.pk}/settings/", say=say)


@htmx.door("GET", "POST")
def budgets(request: HttpRequest, pid: int) -> HttpResponse:
    """All of them in one form: what is empty is no budget."""
    project = access.get_project(request, pid, role=access.ARCHITECT)
    if request.method == "GET":
        return render(request, "settings/budgets_form.html", cost_panel.budgets_form(project))
    given = {name: str(request.POST.get(name, "")).strip() for name in (*_names(), "percent")}
    share = _share(given["percent"])
    with transaction.atomic():
        for scope in SCOPES:
            usd, tokens = given[f"{scope}-usd"], given[f"{scope}-tokens"]
            actions.set_budget(project, scope, by=access.person(request), usd=usd, tokens=tokens, warn_share=share)
    return _answer(request, project, "The budgets hold from now on.")


def _names() -> list[str]:
    return [f"{scope}-{unit}" for scope in SCOPES for unit in ("usd", "tokens")]


def _share(percent: str) -> float | None:
    if not percent:
        return None
    if not (percent.isascii() and percent.isdigit() and 1 <= int(percent) <= 100):
        raise Refused("invalid", f"“{percent}” is no share.", remedy="Give percent from 1 to 100.", status=422)
    return int(percent) / 100


@htmx.door("GET", "POST")
def prices(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    if request.method == "GET":
        return render(request, "settings/prices_form.html", cost_panel.prices_form(project))
    given = forms.cleaned(forms.PriceText(request.POST))
    actions.set_price(project, given.pop("model"), by=access.person(request), **given)
    return _answer(request, project, "The price holds from now on.")


@htmx.door("POST")
def remove_price(request: HttpRequest, pid: int) -> HttpResponse:
    project = access.get_project(request, pid, role=access.ARCHITECT)
    actions.remove_price(project, str(request.POST.get("model", "")), by=access.person(request))
    return _answer(request, project, "The price is gone; what it priced stays priced.")
