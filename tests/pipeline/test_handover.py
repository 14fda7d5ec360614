"""What a new conversation is told of the one before it."""

import pytest

from agents.contract import Plan
from agents.prompts import brief_text, turn_text
from teamboard.pipeline import briefs
from teamboard.pipeline.job import Job
from teamboard.runs import actions
from teamboard.runs.models import InboxItem, Question, Run, Step
from tests import factories as make

pytestmark = pytest.mark.django_db


def job(run: Run, step: Step) -> Job:
    claim = actions.claim_step(step.pk, "w")
    assert claim
    return Job(claim, run, None, None)  # type: ignore[arg-type]


def test_the_first_turn_is_told_nothing_of_the_sort():
    run = make.run(make.task(make.project()))
    step = make.step(run, kind="work")
    assert briefs.brief_of(job(run, step), []).handover == ""


def test_a_later_one_reads_the_boards_record():
    run = make.run(make.task(make.project(), title="Add a greeting"))
    first = make.step(run, kind="work", state="succeeded")
    asked = {"text": "Tabs or spaces?", "answer": "tabs", "state": "answered", "kind": Question.QUESTION}
    run.questions.create(step=first, key="q", **asked)
    run.inbox.create(kind=InboxItem.STEER, body={"text": "be brief"}, taken_at=run.created_at)
    second = Step.objects.create(run=run, seq=2, kind="work", round=2, request={"message": "Add a test."})
    work = job(run, second)
    actions.record_plan(work.claim, Plan(entries=(("Write it", "completed"),)))
    actions.record_claim(work.claim, "All tests pass")
    run.refresh_from_db()
    brief = briefs.brief_of(work, [])
    text = brief_text(brief)
    for part in (
        "# Add a greeting",
        "that conversation is gone",
        "You asked: Tabs or spaces? The answer: tabs",
        "You were told: be brief",
        "Your plan, completed: Write it",
        "You said of your work: All tests pass",
        "Add a test.",
    ):
        assert part in text
    assert turn_text(brief).split() == ["##", "Message", "from", "the", "review", "Add", "a", "test."]


def test_a_conversation_that_was_broken_off_is_told_so():
    run = make.run(make.task(make.project(), title="Add a greeting"))
    step = make.step(run, kind="work")
    brief = briefs.brief_of(job(run, step), [])
    assert "You were interrupted" in turn_text(brief)
    assert "# Add a greeting" in turn_text(brief)
