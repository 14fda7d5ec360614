"""What is said of a failure is in the output, whenever the next beat comes."""

import pytest

from teamboard.pipeline import executor
from teamboard.pipeline.job import Job
from teamboard.pipeline.keeper import Keeper
from teamboard.pipeline.output import Output
from teamboard.runs import actions
from teamboard.runs.failures import failure
from teamboard.runs.journal import Journal
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_beat_after_the_end_of_the_claim_keeps_nothing_back():
    run = make.run(make.task(make.project()))
    claim = actions.claim_step(make.step(run, kind="collect").pk, "w")
    assert claim
    keeper = Keeper(lambda: actions.renew(claim))
    job = Job(claim, run, keeper, Output(run.pk, keeper))
    executor._failed(job, "nothing_done", "")
    assert not keeper.beat()
    said = [entry["text"] for entry in Journal(run.pk).read(0, 10).lines]
    assert said == [failure("nothing_done").sentence, failure("nothing_done").remedy]
