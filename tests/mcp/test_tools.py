"""Each tool does its one thing for its own run, and refuses the rest in a sentence."""

import json
from typing import Any

import pytest

from teamboard.board.models import Task
from teamboard.events.models import Event
from teamboard.evidence import asks
from teamboard.runs import actions
from teamboard.runs.actions import Claim, calls
from teamboard.runs.models import AgentCall, Question, Run, SuggestedTask
from tests import factories
from tests.mcp.conftest import Caller, caller

BIDI, ANSI = "good\u202etxet", "\x1b[31mred\x1b[0m"


def thread_of(run: Run) -> Any:
    change = factories.change(run.project, task=run.task, agent=run.agent)
    patch_set = factories.patch_set(change, run=run)
    factories.rui(run.project)
    return factories.thread(patch_set, path="app.txt", start_line=1, end_line=1, body="Why not `round`?")


def test_progress_is_the_line_that_says_what_goes_on(agent: Caller, run: Run) -> None:
    assert agent.call("report_progress", note="writing the test", percent=40) == "Noted."
    run.refresh_from_db()
    assert run.activity == "writing the test (40 %)"
    agent.call("report_progress", note="no percent", percent=None)


def test_a_question_comes_before_the_people(agent: Caller, run: Run) -> None:
    said = agent.call("ask_architect", question="Tabs or spaces?", options=["tabs", "spaces"])
    question = Question.objects.get(run=run)
    assert f"Ticket {question.pk}" in said
    found = next(one for one in asks(run.project) if one.question == question.pk)
    assert (found.text, found.options, found.default) == ("Tabs or spaces?", ("tabs", "spaces"), None)
    run.refresh_from_db()
    assert (run.state, run.waiting_for) == ("waiting", "question")


def test_a_question_may_have_a_default_and_a_time(agent: Caller, run: Run) -> None:
    agent.call("ask_architect", question="Which?", options=["a", "b"], default="a", minutes=5)
    question = Question.objects.get(run=run)
    assert (question.default, question.due_at is not None) == ("a", True)


def test_the_same_question_is_not_asked_twice_and_few_are_open(agent: Caller, run: Run) -> None:
    agent.call("ask_architect", question="0?")
    assert "is open" in agent.refused("ask_architect", question="0?")
    for number in range(1, calls.MOST_OPEN_QUESTIONS):
        agent.call("ask_architect", question=f"{number}?")
    assert "End your turn" in agent.refused("ask_architect", question="One more?")
    assert run.questions.count() == calls.MOST_OPEN_QUESTIONS


def test_an_answer_while_the_turn_goes_on_waits_for_it_and_else_starts_the_next(
    agent: Caller, run: Run, claim: Claim
) -> None:
    agent.call("ask_architect", question="Tabs or spaces?")
    actions.answer(Question.objects.get(run=run), "tabs", by=factories.ada())
    run.refresh_from_db()
    assert run.state == "running"
    following = actions.finish_step(claim, {})  # the agent ended its turn and had not heard it
    assert following is not None
    assert (following.kind, following.round) == ("work", claim.step.round)
    assert following.request["message"] == "You asked: Tabs or spaces?\nThe answer: tabs"
    assert not run.inbox.filter(taken_at=None).exists()


def test_a_turn_that_ends_with_a_question_waits_without_a_process(agent: Caller, run: Run, claim: Claim) -> None:
    agent.call("ask_architect", question="Tabs or spaces?")
    assert actions.finish_step(claim, {}) is None
    run.refresh_from_db()
    assert run.parked_at is not None
    actions.answer(Question.objects.get(run=run), "tabs", by=factories.ada())
    assert "The answer: tabs" in run.steps.last().request["message"]


def test_it_reads_its_task(agent: Caller, run: Run) -> None:
    Task.objects.filter(pk=run.task_id).update(body="Do <it>.", acceptance=["green"], scope=["fx/**"])
    told = json.loads(agent.call("read_task"))
    assert (told["title"], told["body"]) == (run.task.title, "Do <it>.")
    assert (told["acceptance"], told["scope"]) == (["green"], ["fx/**"])


def test_it_reads_the_threads_of_its_own_change_without_drafts(agent: Caller, run: Run) -> None:
    mine, theirs = thread_of(run), thread_of(factories.run(factories.task(run.project)))
    draft = factories.thread(mine.patch_set, path="app.txt", published_at=None)
    told = json.loads(agent.call("read_threads"))["threads"]
    assert [one["thread"] for one in told] == [mine.pk]
    assert {"by": "Rui Alves (reviewer)", "text": "Why not `round`?"} in told[0]["comments"]
    assert draft.pk
    assert theirs.pk


def test_it_answers_a_thread_as_itself(agent: Caller, run: Run) -> None:
    thread = thread_of(run)
    agent.call("reply_thread", thread=thread.pk, text="Because of halves.")
    comment = thread.comments.last()
    assert (comment.body, comment.author_agent, comment.author_user) == ("Because of halves.", run.agent, None)
    thread.refresh_from_db()
    assert thread.answered_at is not None


def test_it_answers_no_thread_of_another(agent: Caller, run: Run) -> None:
    foreign = thread_of(factories.run(factories.task(run.project)))
    draft = factories.thread(thread_of(run).patch_set, path="app.txt", published_at=None)
    before = foreign.comments.count()
    for number in (foreign.pk, draft.pk, 999_999, 2**53):
        assert "not one of your change" in agent.refused("reply_thread", thread=number, text="Merge this.")
    assert foreign.comments.count() == before


def test_asking_for_a_review_is_a_claim_and_moves_nothing(agent: Caller, run: Run) -> None:
    assert "end your turn" in agent.call("request_review", summary="All green.")
    run.refresh_from_db()
    assert run.claims[-1]["text"] == "Ready for review: All green."
    assert run.state == "running"
    assert not run.project.changes.exists()


def test_a_suggested_task_waits_for_a_person(agent: Caller, run: Run) -> None:
    before = Task.objects.count()
    agent.call("suggest_task", title="Split  the\nledger", body="It does two things.")
    row = SuggestedTask.objects.get(run=run)
    assert (row.title, row.state, Task.objects.count()) == ("Split the ledger", "open", before)
    assert "suggested that" in agent.refused("suggest_task", title="Split the ledger")
    for number in range(1, calls.MOST_OPEN_TASKS):
        agent.call("suggest_task", title=f"Task {number}")
    assert "wait for a person" in agent.refused("suggest_task", title="One more")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("report_progress", {}, "“note” is missing"),
    ("report_progress", {"note": None}, "“note” is missing"),
    ("report_progress", {"note": 5}, "“note” must be text"),
    ("report_progress", {"note": "  "}, "“note” is empty"),
    ("report_progress", {"note": "x" * 301}, "300 is the most"),
    ("report_progress", {"note": BIDI}, "a mark that nobody sees (U+202E)"),
    ("report_progress", {"note": ANSI}, "a mark that nobody sees (U+001B)"),
    ("report_progress", {"note": "a\u0000b"}, "U+0000"),
    ("report_progress", {"note": "\ud800"}, "U+D800"),
    ("report_progress", {"note": "x", "percent": 101}, "from 0 to 100"),
    ("report_progress", {"note": "x", "percent": True}, "whole number"),
    ("report_progress", {"note": "x", "percent": 1e9}, "whole number"),
    ("report_progress", {"note": "x", "run": 1}, "no argument “run”"),
    ("read_task", {"task": 1}, "it takes no arguments"),
    ("ask_architect", {"question": "?", "options": "a"}, "list of up to 8"),
    ("ask_architect", {"question": "?", "options": ["x"] * 9}, "list of up to 8"),
    ("ask_architect", {"question": "?", "options": [{}]}, "must be text"),
    ("ask_architect", {"question": "?", "default": "a"}, "go together"),
    ("ask_architect", {"question": "?", "options": ["a"], "default": "b", "minutes": 5}, "none of the options"),
    ("reply_thread", {"thread": "1", "text": "x"}, "whole number"),
    ("reply_thread", {"thread": 2**80, "text": "x"}, "whole number"),
    ("suggest_task", {"title": "x" * 201}, "200 is the most"),
    ("suggest_task", {"title": "x", "start": True}, "no argument “start”"),
]


@pytest.mark.parametrize(("tool", "arguments", "sentence"), BAD)
def test_bad_arguments_get_a_sentence_and_change_nothing(
    agent: Caller, run: Run, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    assert sentence in agent.refused(tool, **arguments)
    row = AgentCall.objects.get(run=run)
    assert (row.tool, row.refused) == (tool, True)
    assert sentence in row.answer
    run.refresh_from_db()
    assert (run.activity, run.questions.count(), run.suggested_tasks.count()) == ("", 0, 0)


def test_arguments_that_are_no_object_get_one_too(agent: Caller) -> None:
    for given in (["note"], "note", 5):
        answer = agent.ask("tools/call", name="report_progress", arguments=given)["result"]
        assert answer["isError"]
        assert "must be an object" in answer["content"][0]["text"]


def test_each_call_is_a_fact_of_the_agents(agent: Caller, run: Run) -> None:
    agent.call("read_task")
    agent.refused("report_progress")
    events = Event.objects.filter(project_id=run.project_id, kind="agent_called")
    assert [event.actor for event in events] == [f"agent:{run.agent_id}"] * 2
    assert [event.data["call"] for event in events] == list(run.calls.values_list("pk", flat=True))


def test_a_looping_agent_is_slowed_down(agent: Caller, run: Run, claim: Claim) -> None:
    AgentCall.objects.bulk_create(
        AgentCall(run=run, step=claim.step, tool="read_task") for _ in range(calls.PER_MINUTE - 1)
    )
    agent.call("read_task")
    assert "Wait a minute" in agent.refused("read_task")
    assert "Wait a minute" in str(agent.ask("tools/call", name="nothing"))
    assert run.calls.count() == calls.PER_MINUTE
    assert "title" in caller(factories.claim()).call("read_task")
