"""What a script and a page may both do is allowed to the same people, whichever door they take."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from teamboard.accounts.models import User
from teamboard.reviews.models import Change
from tests import factories, scene
from tests.api.conftest import Caller
from tests.api.test_matrix import ROUTES as API
from tests.scene import Scene
from tests.web.test_matrix import WRITES as PAGES

pytestmark = pytest.mark.django_db

# A route of the API (with a body) -> the address of the page's button (with a form).
PAIRS: dict[tuple[str, str], tuple[dict[str, Any], str, dict[str, Any]]] = {
    ("POST", "projects"): ({"path": "REPO"}, "projects/open/", {"location": "REPO"}),
    ("POST", "halt"): ({"reason": "Look first."}, "halt/", {"reason": "Look first."}),
    ("POST", "halt/release"): ({}, "halt/release/", {}),
    ("POST", "isolation"): ({"sentence": "I accept it."}, "isolation/accept/", {"sentence": "I accept it."}),
    ("DELETE", "isolation"): ({}, "isolation/revoke/", {}),
    ("POST", "projects/{project}/changes"): (
        {"branch": "feature"},
        "p/{project}/branches/adopt/",
        {"branch": "feature"},
    ),
    ("PATCH", "projects/{project}/settings"): (
        {"checks": {"tests": {"command": ["true"]}}, "accept": True},
        "p/{project}/settings/accept/",
        {"checks": "tests: true"},
    ),
    ("POST", "projects/{project}/disk/collect"): ({}, "p/{project}/settings/collect/", {}),
    ("POST", "projects/{project}/calibrate"): ({}, "p/{project}/settings/calibrate/", {}),
    ("POST", "agents/{agent}/tryout"): ({}, "agents/{agent}/try/", {}),
    ("POST", "projects/{project}/grants"): (
        {"toolchain": "node"},
        "p/{project}/settings/grants/",
        {"kind": "toolchain", "value": "node"},
    ),
    ("DELETE", "projects/{project}/grants/{grant}"): ({}, "grants/{grant}/revoke/", {}),
    ("POST", "projects/{project}/agents"): (
        {"name": "Wren", "command": "true"},
        "p/{project}/agents/",
        {"name": "Finch", "command": "true"},
    ),
    ("POST", "projects/{project}/invitations"): (
        {"role": "observer"},
        "p/{project}/team/invite/",
        {"role": "observer", "days": "1"},
    ),
    ("POST", "projects/{project}/tasks"): ({"title": "One"}, "p/{project}/tasks/", {"title": "Another"}),
    ("PATCH", "tasks/{task}"): ({"title": "One"}, "tasks/{task}/edit/", {"title": "Another"}),
    ("DELETE", "tasks/{free}"): ({}, "tasks/{free}/delete/", {}),
    ("POST", "tasks/{deleted}/restore"): ({}, "tasks/{deleted}/restore/", {}),
    ("POST", "tasks/{free}/runs"): ({}, "tasks/{free}/start/", {}),
    ("POST", "runs/{run}/steer"): ({"text": "Look."}, "runs/{run}/steer/", {"text": "Look."}),
    ("POST", "runs/{run}/answers"): (
        {"question": "QUESTION", "text": "yes"},
        "questions/{question}/answer/",
        {"text": "yes"},
    ),
    ("POST", "runs/{run}/cancel"): ({}, "runs/{run}/stop/", {}),
    ("POST", "runs/{ended}/resume"): ({}, "runs/{ended}/resume/", {}),
    ("POST", "runs/{run}/allow"): ({"usd": 5}, "runs/{run}/allow/", {"usd": "5"}),
    ("PUT", "projects/{project}/budgets/{scope}"): (
        {"usd": 5},
        "p/{project}/settings/budgets/",
        {"task-usd": "5"},
    ),
    ("POST", "projects/{project}/prices"): (
        {"model": "m", "input": 1, "output": 2},
        "p/{project}/settings/prices/",
        {"model": "m", "input": "1", "output": "2"},
    ),
    ("DELETE", "projects/{project}/prices"): ({}, "p/{project}/settings/prices/remove/", {"model": "m"}),
    ("POST", "changes/{change}/threads"): (
        {"patch_set": 1, "body": "Why?"},
        "changes/{change}/comment/",
        {"body": "Why?", "ps": "1"},
    ),
    ("POST", "threads/{thread}/comments"): ({"body": "So."}, "threads/{thread}/reply/", {"body": "So."}),
    ("POST", "threads/{thread}/verify"): ({}, "threads/{thread}/verify/", {}),
    ("POST", "changes/{change}/request-changes"): (
        {"body": "More."},
        "changes/{change}/request-changes/",
        {"body": "More.", "ps": "1"},
    ),
    ("POST", "changes/{change}/votes"): (
        {"patch_set": 1, "head_sha": "HEAD", "value": 1},
        "changes/{change}/vote/",
        {"number": "1", "head": "HEAD", "value": "1"},
    ),
    ("POST", "changes/{change}/abandon"): ({"reason": "No."}, "changes/{change}/reject/", {"body": "No."}),
    ("POST", "changes/{abandoned}/restore"): ({}, "changes/{abandoned}/restore/", {}),
    ("POST", "changes/{merged}/undo"): ({}, "changes/{merged}/undo/", {}),
    ("POST", "projects/{project}/queue/freeze"): ({"reason": "So."}, "p/{project}/queue/freeze/", {"reason": "So."}),
    ("POST", "projects/{project}/queue/unfreeze"): ({}, "p/{project}/queue/unfreeze/", {}),
}
# The same route of the API, asked for something else: another button.
MORE: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    ("PATCH", "tasks/{task}", {"state": "abandoned"}, "tasks/{task}/abandon/", {}),
    ("PATCH", "tasks/{free}", {"state": "ready"}, "tasks/{free}/restore/", {}),
    ("PATCH", "tasks/{free}", {"state": "backlog"}, "tasks/{free}/move/", {"state": "backlog"}),
    ("POST", "threads/{thread}/comments", {"body": "So.", "resolve": True}, "threads/{thread}/resolve/", {}),
    (
        "POST",
        "changes/{change}/votes",
        {"patch_set": 1, "head_sha": "HEAD", "value": 2},
        "changes/{change}/approve/",
        {"number": "1", "head": "HEAD"},
    ),
    ("POST", "tasks/{task}/runs", {"checkpoint": "CHECKPOINT"}, "checkpoints/{checkpoint}/continue/", {}),
    ("POST", "changes/{own}/abandon", {"reason": "No."}, "changes/{own}/reject/", {"body": "No."}),
    ("POST", "changes/{own}/restore", {}, "changes/{own}/restore/", {}),
]
ALL = [(*route, *rest) for route, rest in PAIRS.items()] + MORE
REFUSED = (401, 403, 404)


def shape(address: str) -> str:
    """An address without its ids, however they are called."""
    return "/".join("*" if part[:1] in "{<" else part for part in address.split("/"))


def test_the_table_knows_every_write_of_the_api_and_the_button_for_it() -> None:
    """Buttons without a route are a page's own: sessions, drafts, what was looked at, and what scripts do not need."""
    assert PAIRS.keys() == {route for route in API if route[0] != "GET"}
    assert {shape(page) for _, _, _, page, _ in ALL} <= {shape(page) for page in PAGES}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """The scene, with a change of a Reviewer's own."""
    with django_db_blocker.unblock():
        made = scene.build(tmp_path_factory.mktemp("doors"))
        own = made.stage.branch("own", {"notes/c.txt": "mine\n"})
        Change.objects.filter(pk=own.pk).update(author_user=author(made))
        made.ids["own"] = own.pk
        yield made
        scene.clear()


def author(of: Scene) -> User:
    user = factories.person("mira")
    of.project.memberships.get_or_create(user=user, defaults={"role": "reviewer"})
    return user


def cast(of: Scene, route: str) -> list[User]:
    known = [factories.eve(), factories.olga(of.project), factories.rui(of.project), factories.ada()]
    return [*known, author(of)] if "{own}" in route else known


def filled(body: dict[str, Any], of: Scene) -> dict[str, Any]:
    known: dict[str, Any] = {
        "REPO": str(of.stage.work),
        "QUESTION": of.ids["question"],
        "CHECKPOINT": of.ids["checkpoint"],
        "HEAD": of.change.patch_sets.get().head_sha,
    }
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in body.items()}


@contextmanager
def undone() -> Iterator[None]:
    """Both doors are tried in the same world."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


def verdict(status: int) -> int | str:
    """Whatever the world answers to somebody who is let in."""
    return status if status in REFUSED else "let in"


@pytest.mark.parametrize(("method", "route", "body", "page", "form"), ALL, ids=[f"{one[0]} {one[1]}" for one in ALL])
def test_both_doors_let_in_the_same_people(
    method: str, route: str, body: dict[str, Any], page: str, form: dict[str, Any], opened: Scene
) -> None:
    said = {}
    for user in cast(opened, route):
        with undone():
            script = Caller(user).call(method, route.format(**opened.ids), filled(body, opened))
        browser = Client(headers={"HX-Request": "true"})
        browser.force_login(user)
        with undone():
            button = browser.post("/" + page.format(**opened.ids), filled(form, opened))
        said[user.username] = verdict(script.status_code), verdict(button.status_code)
    assert {name: script for name, (script, _) in said.items()} == {name: button for name, (_, button) in said.items()}
    assert said["ada"] == ("let in", "let in")
    assert said["eve"][0] in REFUSED


def test_an_author_may_reject_and_restore_their_own_change_and_no_other(opened: Scene) -> None:
    mira, rui = Caller(author(opened)), Caller(factories.rui(opened.project))
    for verb in ("abandon", "restore"):
        assert rui.post(f"changes/{opened.ids['own']}/{verb}").status_code == 403
        assert mira.post(f"changes/{opened.ids['own']}/{verb}").status_code == 200
        assert mira.post(f"changes/{opened.ids['change']}/{verb}").status_code == 403
