"""A budget stops an agent at work; what it did is kept, and with more room it continues from there."""

import pytest

from teamboard.reviews.storage import stores
from teamboard.runs import actions
from teamboard.runs.costs import cost_of
from teamboard.runs.journal import Journal
from tests import factories
from tests.pipeline.conftest import Start, drive

SPENDS = """
[[step]]
write = {path = "begun.txt", content = "before the limit"}
[[step]]
usage = {input_tokens = 90, output_tokens = 5}
[[step]]
run = "test -e resumed || sleep 1"
[[step]]
usage = {input_tokens = 10, output_tokens = 5, usd = 0.25}
[[step]]
run = "test -e begun-again || { touch begun-again; exec sleep 300; }"
[[step]]
write = {path = "ended.txt", content = "after it"}
"""


def test_a_turn_at_work_is_stopped_and_continues_from_there_once_it_may(start: Start) -> None:
    run = start(SPENDS)
    actions.set_budget(run.project, "run", by=factories.ada(), tokens=100)
    run = drive(run)
    assert (run.state, run.failure_code) == ("failed", "over_budget")
    assert run.failure_detail == "The budget of this run is 100 tokens; 110 tokens are used."
    kept = run.checkpoints.get()
    assert stores(run.project_id).blob(kept.ref, "begun.txt") == b"before the limit"
    output = "\n".join(line["text"] for line in lines_of(run.pk))
    assert "95 tokens are used. That is 95% of it." in output
    found = cost_of(run=run.pk)
    assert (found.tokens, found.micros) == (110, 250_000)
    assert 0 < found.seconds < 120, "its time is counted, and it did not sleep to the end"

    run = drive(actions.allow_more(run, by=factories.ada(), tokens=1000))
    assert (run.state, run.waiting_for) == ("waiting", "review"), run.failure_detail
    assert cost_of(run=run.pk).tokens == 220
    assert run.usage["input_tokens"] == 200


def lines_of(run: int) -> list[dict[str, object]]:
    return Journal(run).tail(100).lines


def test_a_turn_that_is_over_when_its_last_use_is_told_has_done_its_work(start: Start) -> None:
    run = start('[[step]]\nwrite = {path = "a.txt", content = "a"}\n[[step]]\nusage = {input_tokens = 99}\n')
    actions.set_budget(run.project, "run", by=factories.ada(), tokens=1000)
    assert drive(run).waiting_for == "review"


@pytest.mark.parametrize("scope", ["task", "agent_day", "project_day"])
def test_a_round_that_has_no_room_is_not_begun(start: Start, scope: str) -> None:
    run = start('[[step]]\nwrite = {path = "a.txt", content = "a"}\n[[step]]\nusage = {input_tokens = 99}\n')
    run = drive(run)
    actions.set_budget(run.project, scope, by=factories.ada(), tokens=50)
    actions.request_round(run, message="Once more.", by=factories.ada())
    run = drive(run)
    assert (run.state, run.failure_code) == ("failed", "over_budget")
    assert cost_of(run=run.pk).tokens == 99
