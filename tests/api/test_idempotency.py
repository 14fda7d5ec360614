"""`Idempotency-Key`: what is sent twice is done once, whatever dies in between."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from teamboard.accounts import repeats
from teamboard.accounts.models import Repeat
from teamboard.board import actions as board
from teamboard.board.models import Project, Task
from teamboard.events import bus
from teamboard.lib.refusal import Refused
from tests import factories
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "0b7c"}


@pytest.fixture
def project(db: None) -> Project:
    return factories.project()


@pytest.fixture
def ada(db: None) -> Caller:
    return Caller(factories.ada())


def tasks(project: Project) -> str:
    return f"projects/{project.pk}/tasks"


def test_the_first_answer_is_given_again_without_acting_again(project: Project, ada: Caller) -> None:
    first = ada.post(tasks(project), {"title": "Once"}, **KEY)
    again = ada.post(tasks(project), {"title": "Once"}, **KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert project.tasks.count() == 1


def test_a_refusal_is_an_answer_too(project: Project, ada: Caller) -> None:
    first = ada.post(f"projects/{project.pk}/changes", {}, **KEY)
    again = ada.post(f"projects/{project.pk}/changes", {}, **KEY)
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.content == first.content


def test_without_a_key_it_is_done_twice(project: Project, ada: Caller) -> None:
    for _ in range(2):
        ada.post(tasks(project), {"title": "Twice"})
    assert project.tasks.count() == 2


def test_another_body_under_the_same_key_is_refused(project: Project, ada: Caller) -> None:
    ada.post(tasks(project), {"title": "One"}, **KEY)
    answer = ada.post(tasks(project), {"title": "Two"}, **KEY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "key_used_otherwise")
    assert "Use a new key" in answer.json()["error"]["message"]


def test_a_key_belongs_to_one_person_and_one_address(project: Project, ada: Caller) -> None:
    rui = Caller(factories.rui(project))
    other = factories.project()
    for caller, where in ((ada, project), (rui, project), (ada, other)):
        assert "Idempotency-Replayed" not in caller.post(tasks(where), {"title": "One"}, **KEY)
    assert (project.tasks.count(), other.tasks.count()) == (2, 1)


def test_without_a_valid_token_nothing_is_kept(project: Project) -> None:
    assert Caller(None).post(tasks(project), {"title": "One"}, **KEY).status_code == 401
    assert not Repeat.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "caf\xe9"])
def test_what_is_no_key_is_told_so(key: str, project: Project, ada: Caller) -> None:
    answer = ada.post(tasks(project), {"title": "One"}, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_key")
    assert not project.tasks.exists()


def test_reading_ignores_the_key(project: Project, ada: Caller) -> None:
    for _ in range(2):
        assert "Idempotency-Replayed" not in ada.call("GET", tasks(project), **KEY)
    assert not Repeat.objects.exists()


def test_what_is_kept_tells_no_secret(project: Project, ada: Caller) -> None:
    link = ada.post(f"projects/{project.pk}/invitations", {"role": "observer"}, **KEY).json()["link"]
    row = Repeat.objects.get()
    secret = link.partition("#")[2]
    kept = " ".join(str(value) for value in vars(row).values())
    assert secret not in kept
    assert KEY["Idempotency-Key"] not in (row.name, row.body)
    assert ada.post(f"projects/{project.pk}/invitations", {"role": "observer"}, **KEY).json()["link"] == link


# What a crash leaves: a claim without an answer.


def claimed(project: Project, **fields: Any) -> repeats.Claim:
    """As a process leaves it that took the request and has not answered."""
    path, body = f"/api/v1/{tasks(project)}", b'{"title": "Once"}'
    claim = repeats.claim(factories.ada(), path=path, key=KEY["Idempotency-Key"], body=body)
    assert isinstance(claim, repeats.Claim)
    Repeat.objects.update(**fields)
    return claim


@pytest.fixture
def dead() -> str:
    """An owner on this machine whose process is not there any more."""
    host = repeats.own_name().partition("/")[0]
    return f"{host}/{2**22 + 1}/1"


def send(project: Project, ada: Caller) -> Any:
    return ada.call("POST", tasks(project), '{"title": "Once"}', **KEY)


def test_while_the_first_is_at_work_the_second_is_told_to_wait(project: Project, ada: Caller) -> None:
    claimed(project)
    answer = send(project, ada)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "still_running")
    assert answer.json()["error"]["details"]["retry"] is True
    assert not project.tasks.exists()


def test_a_dead_process_that_did_nothing_leaves_the_key_free_at_once(project: Project, ada: Caller, dead: str) -> None:
    claimed(project, owner=dead)
    assert send(project, ada).status_code == 200
    assert project.tasks.count() == 1


def test_one_that_did_something_is_never_done_again(project: Project, ada: Caller, dead: str) -> None:
    claim = claimed(project, owner=dead)
    claim.witness()
    answer = send(project, ada)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "answer_lost")
    assert answer.json()["error"]["details"]["retry"] is False
    assert not project.tasks.exists()


def test_a_slow_one_whose_key_was_taken_up_again_is_undone(project: Project, ada: Caller) -> None:
    """Stopped for minutes before it did anything; the client has tried again with success."""
    slow = claimed(project, claimed_at=timezone.now() - timedelta(minutes=2))
    assert send(project, ada).status_code == 200
    with watched(slow), pytest.raises(Refused, match="still at work"):
        board.create_task(project, by=factories.ada(), title="Once")
    assert project.tasks.count() == 1


@contextmanager
def watched(claim: repeats.Claim) -> Iterator[None]:
    """As the door does it around a request."""
    token = bus.WITNESS.set(claim.witness)
    yield
    bus.WITNESS.reset(token)


def test_after_a_day_the_key_is_new(project: Project, ada: Caller) -> None:
    send(project, ada)
    Repeat.objects.update(claimed_at=timezone.now() - timedelta(hours=25))
    assert "Idempotency-Replayed" not in send(project, ada)
    assert project.tasks.count() == 2


def test_what_is_older_than_a_day_is_forgotten(project: Project, ada: Caller) -> None:
    send(project, ada)
    assert repeats.prune() == 0
    Repeat.objects.update(claimed_at=timezone.now() - timedelta(hours=25))
    assert repeats.prune() == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_acts() -> None:
    project, ada = factories.project(), Caller(factories.ada())
    together = threading.Barrier(8)

    def post(_: int) -> tuple[int, bytes]:
        together.wait(30)
        try:
            answer = ada.post(tasks(project), {"title": "Once"}, **KEY)
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(post, range(8)))
    assert {status for status, _ in said} <= {200, 409}
    done = {content for status, content in said if status == 200}
    assert len(done) == 1
    assert Task.objects.filter(project=project).count() == 1
    assert ada.post(tasks(project), {"title": "Once"}, **KEY).content in done
