"""The change page says what was read from the diff before a person reads it."""

import re

import pytest

from teamboard.evidence.badges import badges
from teamboard.evidence.gather import card_evidence
from teamboard.gate.models import QueueEntry
from teamboard.reviews import actions
from teamboard.reviews.models import Change, CheckRun
from tests import factories

pytestmark = pytest.mark.django_db
TESTS = b"def test_total():\n    assert total() == 3\n\n\ndef test_rest():\n    assert rest() == 1\n"
LESS = b"import pytest\n\n\n@pytest.mark.skip\ndef test_rest():\n    assert rest() == 1\n"
PROJECT = b'[checks.tests]\ncommand = ["true"]\n'


def page_of(room, as_) -> str:
    answer = as_(factories.ada()).get(f"/changes/{room.change.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def judged(room, conclusion: str, **fields) -> CheckRun:
    newest = room.change.patch_sets.last()
    check = actions.ensure_check_runs(room.project, newest.tree_sha, newest.head_sha)[0]
    return actions.record_check(actions.claim_check(check.pk, "w"), conclusion, **fields)


@pytest.fixture
def weaker(start):
    """Patch set 1 fails one test; patch set 2 takes that test away and skips the other."""
    room = start(base={"tests/test_a.py": TESTS}, first={"app.py": b"def total():\n    return 4\n"})
    judged(room, "failure", failing=["tests/test_a.py::test_total"])
    room.upload({"tests/test_a.py": LESS})
    judged(room, "success")
    return room


def test_it_points_at_the_riskiest_place_and_the_link_leads_there(weaker, as_):
    html = page_of(weaker, as_)
    row = re.search(r'<p class="notice" id="look-first".*?</p>', html, re.DOTALL)[0]
    assert "Look at this first:" in row
    assert "the test test_total goes away" in row
    anchor = re.search(r'href="#([^"]+)"', row)[1]
    assert f'id="{anchor}"' in html


def test_tests_that_go_and_that_are_skipped_are_named(weaker, as_):
    html = page_of(weaker, as_)
    assert "Fewer tests run with it:" in html
    assert "test_total goes away" in html
    assert "test_rest is skipped" in html
    assert "1 assertion fewer" in html


def test_a_failing_test_that_was_deleted_is_said_beside_the_green_check(weaker, as_):
    checks = page_of(weaker, as_).split('id="checks"')[1]
    assert "passed" in checks
    assert "Of the tests that failed before, this change removes or skips: test_total." in checks


def test_a_test_that_never_failed_is_said_too_without_that_reproach(start, as_):
    room = start(base={"tests/test_a.py": TESTS}, first={"tests/test_a.py": LESS})
    judged(room, "success")
    assert "This change removes or skips tests: test_total, test_rest." in page_of(room, as_)


def test_the_card_says_so(weaker):
    task = factories.task(weaker.project, state="started")
    Change.objects.filter(pk=weaker.change.pk).update(task=task)
    assert "fewer tests" in {badge.label for badge in badges(card_evidence(task))}


def test_a_change_of_the_checks_definition_is_said_and_names_the_check(start, as_):
    room = start(base={"a.txt": b"a\n"}, first={".teamboard/project.toml": PROJECT})
    html = page_of(room, as_)
    assert "Changes how changes are checked" in html
    assert "check tests" in html


def test_guarded_files_are_acknowledged_by_themselves(room, as_):
    room.change.patch_sets.update(guarded=["ledger/posting.py"])
    ada = as_(factories.ada())
    ada.post(f"/changes/{room.change.pk}/served/", {"ps": "1"})
    newest = room.change.patch_sets.last()
    said = {"number": "1", "head": newest.head_sha, "ps": "1", "waive": ["shown:logo.bin"]}
    answer = ada.post(f"/changes/{room.change.pk}/approve/", said)
    assert (answer.status_code, answer["X-Notice"]) == (409, "guarded")
    assert not QueueEntry.objects.exists()
    ada.post(f"/changes/{room.change.pk}/approve/", said | {"waive": ["shown:logo.bin", "guarded"]})
    assert QueueEntry.objects.get().waived == ["guarded", "shown:logo.bin"]
    assert "ledger/posting.py. Acknowledged." in page_of(room, as_)
