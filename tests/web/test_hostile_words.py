"""What agents write is shown as text: no markup, no terminal, nothing unseen, wherever it stands."""

import re

import pytest
from django.test import Client

from teamboard.board.models import Project
from teamboard.runs.models import Question, Run
from teamboard.runs.states import FAILED, WAITING
from tests import factories

EVIL = "<script>evil()</script> \x1b[31mred\x1b[0m \u202etxt.exe pass\u200bword"
SHOWN = "&lt;script&gt;evil()&lt;/script&gt; red ⟦U+202E⟧txt.exe pass⟦U+200B⟧word"


@pytest.fixture
def run(project: Project) -> Run:
    words = {"plan": [{"text": EVIL, "status": "pending"}], "claims": [{"text": EVIL}]}
    task = factories.task(project, state="started", agent=factories.agent(project))
    return factories.run(task, state=WAITING, activity=EVIL, **words)


def harmless(html: str) -> int:
    """How often the words stand there, doing nothing. What a button sends back is the option as it was given."""
    seen = re.sub(r'data-value-text="[^"]*"', "", html)
    assert [one for one in ("<script>evil", "\x1b", "\u202e", "\u200b") if one in seen] == []
    return seen.count(SHOWN)


def test_a_question_and_its_options_on_the_board_and_on_the_run_page(run: Run, ada: Client) -> None:
    step = factories.step(run, state="succeeded", error=EVIL)
    Question.objects.create(run=run, step=step, key="q", text=EVIL, options=[EVIL])
    assert harmless(ada.get(f"/p/{run.project_id}/").content.decode()) >= 2
    # Plan, claim, question, option and the error of the step.
    assert harmless(ada.get(f"/runs/{run.pk}/").content.decode()) >= 5


def test_why_a_run_failed(run: Run, ada: Client) -> None:
    Run.objects.filter(pk=run.pk).update(state=FAILED, failure_code="crashed", failure_detail=EVIL)
    assert harmless(ada.get(f"/runs/{run.pk}/").content.decode()) >= 3
