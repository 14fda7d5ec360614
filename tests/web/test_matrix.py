"""Every address of a page with the least role it takes; a new one fails here until it is declared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern

from teamboard.parts.paths import pack
from teamboard.web.urls import urlpatterns
from tests import factories, scene
from tests.scene import Scene

pytestmark = pytest.mark.django_db

ANYBODY, SIGNED_IN = "anybody", "signed in"
OBSERVER, REVIEWER, ARCHITECT = "observer", "reviewer", "architect"
AUTHOR = "the author, or an architect"
OWN = "own"  # only whose it is: the row of somebody else is not there
BOARD = "architect of the board"
RANK = {OBSERVER: 1, REVIEWER: 2, ARCHITECT: 3, AUTHOR: 3}  # nobody here is the author

READS = {
    "": SIGNED_IN,
    "start/": ANYBODY,
    "sign-in/": ANYBODY,
    "join/": ANYBODY,
    "palette/": SIGNED_IN,
    "p/<int:pid>/": OBSERVER,
    "p/<int:pid>/palette/": OBSERVER,
    "p/<int:pid>/branches/": OBSERVER,
    "p/<int:pid>/settings/": OBSERVER,
    "p/<int:pid>/settings/form/": ARCHITECT,
    "p/<int:pid>/settings/budgets/": ARCHITECT,
    "p/<int:pid>/settings/prices/": ARCHITECT,
    "agents/<int:pk>/form/": ARCHITECT,
    "p/<int:pid>/team/": OBSERVER,
    "tasks/<int:pk>/": OBSERVER,
    "tasks/<int:pk>/form/": REVIEWER,
    "tasks/<int:pk>/start-form/": ARCHITECT,
    "tasks/<int:pk>/delete-form/": ARCHITECT,
    "runs/<int:pk>/": OBSERVER,
    "runs/<int:pk>/lines/": OBSERVER,
    "runs/<int:pk>/older/": OBSERVER,
    "runs/<int:pk>/diff/": OBSERVER,
    "p/<int:pk>/review/": OBSERVER,
    "p/<int:pk>/review/rows/": OBSERVER,
    "p/<int:pk>/queue/": OBSERVER,
    "changes/<int:pk>/": OBSERVER,
    "changes/<int:pk>/diff/": OBSERVER,
    "changes/<int:pk>/mine/": OBSERVER,
    "changes/<int:pk>/threads/<int:thread>/": OBSERVER,
    "changes/<int:pk>/edit/": REVIEWER,
    "changes/<int:pk>/why/": OBSERVER,
    "checks/<int:pk>/log/": OBSERVER,
}
WRITES = {
    "projects/open/": BOARD,
    "halt/": BOARD,
    "halt/release/": BOARD,
    "isolation/accept/": BOARD,
    "isolation/revoke/": BOARD,
    "start/": ANYBODY,
    "sign-in/link/": ANYBODY,
    "sign-out/": ANYBODY,
    "join/": ANYBODY,
    "me/name/": SIGNED_IN,
    "tokens/": SIGNED_IN,
    "tokens/<int:pk>/revoke/": OWN,
    "drafts/<int:pk>/discard/": OWN,
    "p/<int:pid>/tasks/": REVIEWER,
    "p/<int:pid>/branches/adopt/": REVIEWER,
    "p/<int:pid>/settings/accept/": ARCHITECT,
    "p/<int:pid>/settings/calibrate/": ARCHITECT,
    "p/<int:pid>/settings/collect/": ARCHITECT,
    "p/<int:pid>/settings/grants/": ARCHITECT,
    "p/<int:pid>/settings/budgets/": ARCHITECT,
    "p/<int:pid>/settings/prices/": ARCHITECT,
    "p/<int:pid>/settings/prices/remove/": ARCHITECT,
    "grants/<int:pk>/revoke/": ARCHITECT,
    "p/<int:pid>/agents/": ARCHITECT,
    "agents/<int:pk>/edit/": ARCHITECT,
    "agents/<int:pk>/try/": ARCHITECT,
    "p/<int:pid>/team/invite/": ARCHITECT,
    "p/<int:pid>/team/role/": ARCHITECT,
    "p/<int:pid>/team/share/": ARCHITECT,
    "invitations/<int:pk>/withdraw/": ARCHITECT,
    "tasks/<int:pk>/edit/": REVIEWER,
    "tasks/<int:pk>/move/": REVIEWER,
    "tasks/<int:pk>/start/": ARCHITECT,
    "tasks/<int:pk>/abandon/": REVIEWER,
    "tasks/<int:pk>/delete/": ARCHITECT,
    "tasks/<int:pk>/restore/": REVIEWER,
    "runs/<int:pk>/steer/": REVIEWER,
    "runs/<int:pk>/stop/": ARCHITECT,
    "runs/<int:pk>/resume/": ARCHITECT,
    "runs/<int:pk>/allow/": ARCHITECT,
    "checkpoints/<int:pk>/continue/": ARCHITECT,
    "questions/<int:pk>/answer/": REVIEWER,
    "suggested-tasks/<int:pk>/accept/": REVIEWER,
    "suggested-tasks/<int:pk>/dismiss/": REVIEWER,
    "p/<int:pk>/queue/freeze/": ARCHITECT,
    "p/<int:pk>/queue/unfreeze/": ARCHITECT,
    # An Observer keeps a trail of what they looked at.
    "changes/<int:pk>/served/": OBSERVER,
    "changes/<int:pk>/viewed/": OBSERVER,
    "changes/<int:pk>/edit/": REVIEWER,
    "changes/<int:pk>/drafts/": REVIEWER,
    "changes/<int:pk>/comment/": REVIEWER,
    "changes/<int:pk>/publish/": REVIEWER,
    "changes/<int:pk>/suggestions/": REVIEWER,
    "changes/<int:pk>/request-changes/": REVIEWER,
    "changes/<int:pk>/vote/": REVIEWER,
    "changes/<int:pk>/approve/": ARCHITECT,
    "changes/<int:pk>/reject/": AUTHOR,
    "changes/<int:pk>/restore/": AUTHOR,
    "changes/<int:pk>/withdraw/": ARCHITECT,
    "changes/<int:pk>/requeue/": ARCHITECT,
    "changes/<int:pk>/undo/": ARCHITECT,
    "threads/<int:pk>/draft/": REVIEWER,
    "threads/<int:pk>/reply/": REVIEWER,
    "threads/<int:pk>/ask/": REVIEWER,
    "threads/<int:pk>/resolve/": REVIEWER,
    "threads/<int:pk>/reopen/": REVIEWER,
    "threads/<int:pk>/verify/": REVIEWER,
}
# The first word of an address, and whose id follows.
OF = {"p": "project"} | {
    f"{name}s": name
    for name in (
        "grant",
        "agent",
        "invitation",
        "token",
        "task",
        "run",
        "checkpoint",
        "question",
        "change",
        "draft",
        "thread",
        "check",
        "suggested-task",
    )
}
QUERIES = {
    "changes/<int:pk>/edit/": {"path": pack("app.txt")},
    "runs/<int:pk>/older/": {"before": "9"},
    "changes/<int:pk>/why/": {"path": pack("app.txt"), "line": "1"},
}


def methods_of(route: str) -> set[str]:
    """The door is asked itself: to a method that no page knows it answers with those it does."""
    refused = Client().delete(
        f"/{route.replace('<int:', '').replace('pk>', '1').replace('pid>', '1')}".replace("thread>", "1")
    )
    return {word.strip() for word in refused.headers["Allow"].split(",")} - {"HEAD"}


def test_every_route_is_declared() -> None:
    found: dict[str, set[str]] = {"GET": set(), "POST": set()}
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern), "an include would hide routes from this list"
        for method in methods_of(str(pattern.pattern)):
            found[method].add(str(pattern.pattern))
    assert found["GET"] == READS.keys()
    assert found["POST"] == WRITES.keys()


@contextmanager
def nothing_is_written() -> Iterator[None]:
    def guard(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert sql.lstrip("( ").split(None, 1)[0].upper() in ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN"), (
            sql
        )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(guard):
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """One scene for the whole table; the tables are emptied after it, for it lives outside of any transaction."""
    with django_db_blocker.unblock():
        yield scene.build(tmp_path_factory.mktemp("matrix"))
        scene.clear()


def clients(of: Scene) -> dict[str, Client]:
    cast = {
        "stranger": factories.eve(),
        OBSERVER: factories.olga(of.project),
        REVIEWER: factories.rui(of.project),
        ARCHITECT: factories.ada(),
    }
    found = {}
    for name, user in cast.items():
        found[name] = Client(headers={"HX-Request": "true"})
        found[name].force_login(user)
    return found


def address(route: str, of: Scene) -> str:
    own = of.ids.get(OF.get(route.partition("/")[0], ""), 0)
    return "/" + route.replace("<int:pid>", str(own)).replace("<int:pk>", str(own)).replace(
        "<int:thread>", str(of.ids["thread"])
    )


def expected(least: str, role: str) -> int:
    """200 stands for "let in"."""
    if least in (ANYBODY, SIGNED_IN):
        return 200
    if least == BOARD:
        return 200 if role == ARCHITECT else 403
    if least == OWN or role == "stranger":
        return 404
    return 200 if RANK[role] >= RANK[least] else 403


@pytest.mark.parametrize(("route", "least"), READS.items(), ids=READS.keys())
def test_a_page_lets_in_whom_it_should_and_writes_nothing(route: str, least: str, built: Scene) -> None:
    path, query = address(route, built), QUERIES.get(route, {})
    for role, client in clients(built).items():
        with nothing_is_written():
            answer = client.get(path, query)
        assert answer.status_code == expected(least, role), role
    visitor = Client().get(path, query)
    assert visitor.status_code == (200 if least == ANYBODY else 302)


@pytest.mark.parametrize(
    ("route", "least"), [(r, least) for r, least in WRITES.items() if least not in (ANYBODY, SIGNED_IN)], ids=str
)
def test_a_button_refuses_whom_it_should_before_it_looks_at_what_was_sent(route: str, least: str, built: Scene) -> None:
    path = address(route, built)
    for role, client in clients(built).items():
        refusal = expected(least, role)
        if least == OWN and role in (REVIEWER, ARCHITECT):
            continue  # whose they are
        if refusal != 200:
            with nothing_is_written():
                assert client.post(path).status_code == refusal, role
    assert Client().post(path).status_code == 302
