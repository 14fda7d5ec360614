"""A run's token opens the one door that it is for: no route of the API, no page, no socket, no push."""

import base64
from collections import defaultdict

import pytest
from django.test import Client

from teamboard.accounts import actions as accounts
from tests.api.test_matrix import OPEN, ROUTES
from tests.mcp.conftest import Caller
from tests.web.test_matrix import ANYBODY, READS


@pytest.mark.parametrize(("method", "route"), [key for key, (least, *_) in ROUTES.items() if least != OPEN], ids=str)
def test_no_route_of_the_api(agent: Caller, method: str, route: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {agent.token}"})
    path = f"/api/v1/{route.format_map(defaultdict(lambda: 1))}"
    answer = getattr(client, method.lower())(path, data={}, content_type="application/json")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize("route", [route for route, least in READS.items() if least != ANYBODY])
def test_no_page(agent: Caller, route: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {agent.token}"})
    path = "/" + route.replace("<int:pk>", "1").replace("<int:pid>", "1").replace("<int:thread>", "1")
    assert client.get(path).status_code == 302


def test_no_push_and_no_socket(agent: Caller) -> None:
    word = base64.b64encode(f"agent:{agent.token}".encode()).decode()
    answer = Client().get(
        "/git/changes/1.git/info/refs?service=git-receive-pack", headers={"Authorization": f"Basic {word}"}
    )
    assert answer.status_code == 401
    assert accounts.user_of_token(agent.token) is None  # what the socket asks
