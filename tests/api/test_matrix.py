"""Each route of the API: works for Ada, is not there for Eve, refuses Olga's writes, nobody and unknown fields."""

from typing import Any

import pytest

from teamboard.api.urls import api
from tests.api.conftest import Caller
from tests.scene import Scene

pytestmark = pytest.mark.django_db

OBSERVER, REVIEWER, ARCHITECT = "observer", "reviewer", "architect"
AUTHOR = "the author, or an architect"  # who that is: tests/api/test_same_rights.py
# No object of a project in the address: everybody with a token may ask, and is told of what they may see.
ALL, BOARD, OPEN = "all", "architect of the board", "open"
Body = dict[str, Any]

PROJECT = {"id", "name", "target_branch", "head_sha", "checks"}
SETTINGS = {"source", "digest", "checks", "setup", "sandbox", "review", "merge"}
TASK = {"id", "state", "column", "evidence", "run", "change", "title", "body", "acceptance", "scope", "depends_on"}
RUN = {"id", "state", "steps", "usage", "cost", "budgets", "failure", "checkpoints"}
CHANGE = {"state", "patch_sets", "requirements", "votes", "checks", "threads"}
THREAD = {"id", "state", "original", "current", "receipt", "comments"}
QUEUE = {"main_sha", "frozen", "entries"}

# (method, route): (least role, a body that is taken or None, fields of the answer, or of each item of a list)
ROUTES: dict[tuple[str, str], tuple[str, Body | None, set[str]]] = {
    ("GET", "health"): (OPEN, None, {"status", "version", "database", "broker", "sandbox", "workers"}),
    ("GET", "attention"): (ALL, None, {"items"}),
    ("GET", "halt"): (ALL, None, {"halted", "reason", "by", "at"}),
    ("POST", "halt"): (BOARD, {"reason": "Look first."}, {"halted", "reason", "by", "at"}),
    ("POST", "halt/release"): (BOARD, {}, {"halted"}),
    ("GET", "isolation"): (ALL, None, {"sandbox", "reason", "remedy", "sentence", "accepted"}),
    ("POST", "isolation"): (BOARD, {"sentence": "I accept it."}, {"accepted"}),
    ("DELETE", "isolation"): (BOARD, None, {"accepted"}),
    ("GET", "projects"): (ALL, None, PROJECT),
    ("POST", "projects"): (BOARD, {"path": "REPO", "target_branch": "feature", "name": "Second"}, PROJECT),
    ("GET", "projects/{project}"): (OBSERVER, None, PROJECT),
    ("GET", "projects/{project}/branches"): (OBSERVER, None, {"branches"}),
    ("GET", "projects/{project}/changes"): (OBSERVER, None, {"id", "state"}),
    ("POST", "projects/{project}/changes"): (REVIEWER, {"branch": "feature"}, {"id", "state"}),
    ("GET", "projects/{project}/settings"): (OBSERVER, None, SETTINGS),
    ("PATCH", "projects/{project}/settings"): (
        ARCHITECT,
        {"checks": {"tests": {"command": ["true"]}}, "accept": True},
        SETTINGS,
    ),
    ("POST", "projects/{project}/calibrate"): (ARCHITECT, {}, {"checks"}),
    ("GET", "projects/{project}/grants"): (OBSERVER, None, {"id"}),
    ("POST", "projects/{project}/grants"): (ARCHITECT, {"toolchain": "node"}, {"id"}),
    ("DELETE", "projects/{project}/grants/{grant}"): (ARCHITECT, None, {"grants"}),
    ("GET", "projects/{project}/costs"): (OBSERVER, None, {"by", "total", "rows"}),
    ("GET", "projects/{project}/ledger"): (OBSERVER, None, {"merged", "rest", "total", "thrown_away"}),
    ("GET", "tasks/{task}/cost"): (OBSERVER, None, {"input_tokens", "usd", "money", "counted_by"}),
    ("GET", "projects/{project}/budgets"): (OBSERVER, None, {"scope", "usd", "tokens", "warn_share"}),
    ("PUT", "projects/{project}/budgets/{scope}"): (ARCHITECT, {"usd": 5, "tokens": None}, {"scope", "usd", "tokens"}),
    ("GET", "projects/{project}/prices"): (OBSERVER, None, {"entered", "published", "without_price"}),
    ("POST", "projects/{project}/prices"): (ARCHITECT, {"model": "own-1", "input": 2, "output": 10}, {"entered"}),
    ("DELETE", "projects/{project}/prices"): (ARCHITECT, None, {"entered"}),
    ("GET", "projects/{project}/disk"): (OBSERVER, None, {"uses", "freed", "measured_at", "asked_at"}),
    ("POST", "projects/{project}/disk/collect"): (ARCHITECT, {}, {"uses", "asked_at"}),
    ("GET", "projects/{project}/agents"): (OBSERVER, None, {"id", "name", "kind"}),
    ("POST", "projects/{project}/agents"): (ARCHITECT, {"name": "Wren", "kind": "command", "command": "true"}, {"id"}),
    ("POST", "agents/{agent}/tryout"): (ARCHITECT, None, {"result", "seen", "at"}),
    ("GET", "projects/{project}/events"): (OBSERVER, None, {"events", "next"}),
    ("GET", "projects/{project}/members"): (OBSERVER, None, {"user", "role"}),
    ("POST", "projects/{project}/invitations"): (ARCHITECT, {"role": "reviewer", "expires_in": 1}, {"id", "link"}),
    ("GET", "projects/{project}/tasks"): (OBSERVER, None, TASK),
    ("POST", "projects/{project}/tasks"): (REVIEWER, {"title": "Round half up", "acceptance": ["green"]}, TASK),
    ("GET", "tasks/{task}"): (OBSERVER, None, TASK),
    ("PATCH", "tasks/{task}"): (REVIEWER, {"title": "Another title", "priority": 1}, TASK),
    ("DELETE", "tasks/{free}"): (ARCHITECT, None, TASK),
    ("POST", "tasks/{deleted}/restore"): (REVIEWER, None, TASK),
    ("POST", "tasks/{free}/runs"): (ARCHITECT, {}, {"id", "state"}),
    ("GET", "runs/{run}"): (OBSERVER, None, RUN),
    ("GET", "runs/{run}/output"): (OBSERVER, None, {"lines", "next"}),
    ("POST", "runs/{run}/cancel"): (ARCHITECT, {}, RUN),
    ("POST", "runs/{ended}/resume"): (ARCHITECT, {}, RUN),
    ("POST", "runs/{run}/allow"): (ARCHITECT, {"usd": 5}, RUN),
    ("POST", "runs/{run}/steer"): (REVIEWER, {"text": "Look at the tests."}, RUN),
    ("POST", "runs/{run}/answers"): (REVIEWER, {"question": "QUESTION", "option": "yes"}, RUN),
    ("GET", "changes/{change}"): (OBSERVER, None, CHANGE),
    ("GET", "changes/{change}/diff"): (OBSERVER, None, {"files"}),
    ("POST", "changes/{change}/threads"): (
        REVIEWER,
        {"patch_set": 1, "path": "app.txt", "side": "new", "start_line": 1, "end_line": 1, "body": "Why?"},
        THREAD,
    ),
    ("POST", "threads/{thread}/comments"): (REVIEWER, {"body": "Because.", "resolve": True}, THREAD),
    ("POST", "threads/{thread}/verify"): (REVIEWER, {}, THREAD),
    ("POST", "changes/{change}/request-changes"): (REVIEWER, {"body": "Once more."}, {"run"}),
    ("POST", "changes/{change}/votes"): (
        REVIEWER,
        {"patch_set": 1, "head_sha": "HEAD", "value": 1},
        {"vote", "requirements", "queue_entry"},
    ),
    ("POST", "changes/{change}/abandon"): (AUTHOR, {"reason": "No."}, CHANGE),
    ("POST", "changes/{abandoned}/restore"): (AUTHOR, {}, CHANGE),
    ("POST", "changes/{merged}/undo"): (ARCHITECT, {}, CHANGE),
    ("GET", "projects/{project}/queue"): (OBSERVER, None, QUEUE),
    ("POST", "projects/{project}/queue/freeze"): (ARCHITECT, {"reason": "Release day."}, QUEUE),
    ("POST", "projects/{project}/queue/unfreeze"): (ARCHITECT, {}, QUEUE),
}
# Routes that take no body at all.
BARE = {"tryout", "calibrate", "resume", "verify", "unfreeze", "release", "collect"}
# Where a sandbox works there is nothing to accept; within its budgets a run needs no more room.
NEEDLESS = {("POST", "isolation"): "sandbox_works", ("POST", "runs/{run}/allow"): "within_budget"}
ALL_ROUTES = [(method, route, *rest) for (method, route), rest in ROUTES.items()]
OF_PROJECTS = [row for row in ALL_ROUTES if row[2] not in (OPEN, ALL, BOARD)]
WRITES = [row for row in ALL_ROUTES if row[0] != "GET"]


def document() -> dict[str, Any]:
    return dict(api.get_openapi_schema())


def plain(route: str) -> str:
    """The names in braces are of this table; the document has its own."""
    parts = route.removeprefix("/api/v1/").split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


def test_every_route_is_declared() -> None:
    found = {(method.upper(), plain(path)) for path, methods in document()["paths"].items() for method in methods}
    assert found == {(method, plain(route)) for method, route in ROUTES}


def address(route: str, of: Scene) -> str:
    return route.format(**of.ids)


def filled(body: Body | None, of: Scene) -> Body | None:
    if body is None:
        return None
    known = {"REPO": str(of.stage.work), "QUESTION": of.ids["question"], "HEAD": of.change.patch_sets.get().head_sha}
    return {name: known.get(value, value) if isinstance(value, str) else value for name, value in body.items()}


@pytest.mark.parametrize(("method", "route", "least", "body", "fields"), ALL_ROUTES)
def test_it_works_for_an_architect_with_the_fields_that_are_promised(
    method: str, route: str, least: str, body: Body | None, fields: set[str], built: Scene, callers: dict[str, Caller]
) -> None:
    answer = callers["ada"].call(method, address(route, built), filled(body, built))
    given = answer.json()
    if (method, route) in NEEDLESS:
        assert (answer.status_code, given["error"]["code"]) == (409, NEEDLESS[method, route])
        return
    assert answer.status_code == 200, answer.content
    assert given != []
    for item in given if isinstance(given, list) else [given]:
        assert fields <= item.keys()


@pytest.mark.parametrize(("method", "route", "least", "body", "fields"), OF_PROJECTS)
def test_it_is_not_there_for_a_stranger(
    method: str, route: str, least: str, body: Body | None, fields: set[str], built: Scene, callers: dict[str, Caller]
) -> None:
    answer = callers["eve"].call(method, address(route, built), filled(body, built))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(("method", "route", "least", "body", "fields"), OF_PROJECTS)
def test_it_refuses_whose_role_is_too_low(
    method: str, route: str, least: str, body: Body | None, fields: set[str], built: Scene, callers: dict[str, Caller]
) -> None:
    low = {OBSERVER: [], REVIEWER: ["olga"], ARCHITECT: ["olga", "rui"], AUTHOR: ["olga", "rui"]}[least]
    for name in low:
        answer = callers[name].call(method, address(route, built), filled(body, built))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden"), name
    if least == OBSERVER:
        assert callers["olga"].get(address(route, built)).status_code == 200


@pytest.mark.parametrize(("method", "route", "least", "body", "fields"), ALL_ROUTES)
def test_it_wants_a_token(
    method: str, route: str, least: str, body: Body | None, fields: set[str], built: Scene, callers: dict[str, Caller]
) -> None:
    answer = callers["nobody"].call(method, address(route, built), filled(body, built))
    if least == OPEN:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "route", "least", "body", "fields"), WRITES)
def test_it_refuses_a_field_it_does_not_know(
    method: str, route: str, least: str, body: Body | None, fields: set[str], built: Scene, callers: dict[str, Caller]
) -> None:
    if body is None or route.rpartition("/")[2] in BARE:
        return
    sent = {**(filled(body, built) or {}), "surprise": 1}
    answer = callers["ada"].call(method, address(route, built), sent)
    assert answer.status_code == 422
    assert "surprise" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [(row[0], row[1], row[3]) for row in ALL_ROUTES if row[2] == BOARD],
)
def test_what_holds_for_the_whole_board_is_for_its_architects_alone(
    method: str, route: str, body: Body | None, built: Scene, callers: dict[str, Caller]
) -> None:
    for name in ("eve", "olga", "rui"):
        assert callers[name].call(method, route, filled(body, built)).status_code == 403, name


def test_a_stranger_is_listed_nothing(built: Scene, callers: dict[str, Caller]) -> None:
    assert [row["name"] for row in callers["eve"].get("projects").json()] == ["Elsewhere"]
    assert callers["eve"].get("attention").json() == {"items": []}
