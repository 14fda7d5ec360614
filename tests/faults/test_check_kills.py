"""SIGKILL at each labelled point of a check: it is executed again and has one verdict."""

import pytest

from tests.faults.test_landing_kills import Theatre

# Where it dies, and which attempt gives the verdict.
LABELS = {"check_before_claim": 1, "check_claimed": 2, "check_before_verdict": 2, "check_after_verdict": 1}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return Theatre(tmp_path_factory.mktemp("checks"), "check_child")


@pytest.mark.parametrize(("label", "attempt"), LABELS.items())
def test_a_check_whose_worker_dies_at_a_labelled_point_has_one_verdict(label, attempt, prepared):
    theatre = prepared.reset()
    theatre.kill(label, "work")
    told = theatre.child("work", theatre.project)
    assert told == {"state": "completed", "conclusion": "success", "attempt": attempt, "log": "proven"}
