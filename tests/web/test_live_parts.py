"""An open page that is sent the frames of what happened equals the same page read afresh."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.test import Client

from agents.contract import Plan, Usage
from agents.contract import Question as Asked
from teamboard.accounts import actions as accounts
from teamboard.board import actions as board
from teamboard.board.models import Agent, Project, Task
from teamboard.events import queries as log
from teamboard.events.bus import Logged
from teamboard.events.catalogue import ChangeMoved
from teamboard.gate import actions as gate
from teamboard.live.topics import kind_of
from teamboard.parts import registry
from teamboard.reviews import actions as reviews
from teamboard.reviews.revision import Revision
from teamboard.runs import actions as runs
from teamboard.runs.models import Run
from tests import factories
from tests.web import dom


@pytest.fixture(autouse=True)
def _all_parts() -> None:
    registry.load()


@contextmanager
def same(client: Client, *pages: str, project: Project) -> Iterator[None]:
    """Open the pages, let something happen, apply its frames, and compare with what a reload shows."""
    open_pages = {page: client.get(page).content.decode() for page in pages}
    before = {of: log.position(of) for of in (0, project.pk)}
    yield
    events = [log.as_logged(event) for of, seq in before.items() for event in log.after(of, seq)]
    assert events, "nothing was told"
    frames = [
        frame for logged in events for part in registry.parts_of(type(logged.fact)) for frame in part.render(logged)
    ]
    for page, html in open_pages.items():
        old, fresh = dom.read(html), dom.read(client.get(page).content.decode())
        for frame in frames:
            if f"{frame.topic}:" in html:
                dom.apply(old, frame)
        assert old.text() == fresh.text(), page


@pytest.fixture
def agent(project: Project) -> Agent:
    return factories.agent(project, name="Alder")


@pytest.fixture
def task(project: Project, agent: Agent) -> Task:
    return factories.task(project, state="ready", agent=agent, title="Cache the rates")


@pytest.fixture
def claim(task: Task) -> runs.Claim:
    run = runs.start_run(task, by=factories.ada())
    found = runs.claim_step(run.steps.get().pk, "test")
    assert found is not None
    return found


def board_of(project: Project) -> str:
    return f"/p/{project.pk}/"


def test_a_new_card(ada: Client, project: Project, task: Task) -> None:
    with same(ada, board_of(project), project=project):
        board.create_task(project, by=factories.ada(), title="Another one", waits_for=[task])


def test_an_edited_card(ada: Client, project: Project, task: Task) -> None:
    with same(ada, board_of(project), f"/tasks/{task.pk}/", project=project):
        board.edit_task(task, by=factories.ada(), labels=["money"], priority=10, body="**more**", scope=["fx/**"])


def test_a_card_that_was_moved(ada: Client, project: Project, task: Task) -> None:
    first = factories.task(project, state="backlog")
    with same(ada, board_of(project), f"/tasks/{task.pk}/", project=project):
        board.move_task(task, by=factories.ada(), state="backlog", before=first)


def test_an_abandoned_card(ada: Client, project: Project, task: Task) -> None:
    with same(ada, board_of(project), f"/tasks/{task.pk}/", project=project):
        board.abandon_task(task, by=factories.ada())


def test_a_deleted_card_and_a_restored_one(ada: Client, project: Project, task: Task) -> None:
    pages = board_of(project), f"/tasks/{task.pk}/", f"/p/{project.pk}/settings/"
    with same(ada, *pages, project=project):
        board.delete_task(task, by=factories.ada())
    with same(ada, *pages, project=project):
        board.undelete_task(task, by=factories.ada())


def test_a_card_that_no_longer_waits(ada: Client, project: Project, task: Task, claim: runs.Claim) -> None:
    factories.task(project, waits_for=(task,), state="ready")
    task.refresh_from_db()
    with same(ada, board_of(project), f"/tasks/{task.pk}/", project=project):
        board.finish_task(task)


def test_a_started_run(ada: Client, project: Project, task: Task) -> None:
    with same(ada, board_of(project), f"/tasks/{task.pk}/", project=project):
        runs.start_run(task, by=factories.ada())


def run_page(claim: runs.Claim) -> str:
    return f"/runs/{claim.step.run_id}/"


def test_what_an_agent_does(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.record_activity(claim, "editing fx/cache.py")
        runs.record_plan(claim, Plan(entries=(("Read the code", "completed"), ("Write a test", "in_progress"))))
        runs.record_claim(claim, "All tests pass")


def test_what_an_agent_uses(ada: Client, project: Project, claim: runs.Claim) -> None:
    pages = (board_of(project), run_page(claim), f"/tasks/{claim.step.run.task_id}/", f"/p/{project.pk}/settings/")
    with same(ada, *pages, project=project):
        runs.record_usage(claim, Usage(input_tokens=900, output_tokens=80, cached_tokens=10))
        runs.record_usage(claim, Usage(usd=0.5))
        runs.record_time(claim, 75, 10)
    with same(ada, *pages, project=project):
        runs.set_budget(project, "run", by=factories.ada(), tokens=1000)
        runs.set_budget(project, "project_day", by=factories.ada(), usd=0.6)
        runs.set_price(project, "own-1", by=factories.ada(), input=1, output=2)


def test_more_room_for_a_run(ada: Client, project: Project, claim: runs.Claim) -> None:
    runs.set_budget(project, "run", by=factories.ada(), tokens=1000)
    runs.record_usage(claim, Usage(input_tokens=1000))
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.fail_step(claim, "over_budget", "used up")
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.allow_more(claim.step.run, by=factories.ada(), tokens=50)


def test_a_finished_step(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.finish_step(claim, {})


def test_a_failed_run(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, board_of(project), run_page(claim), f"/tasks/{claim.step.run.task_id}/", project=project):
        runs.fail_step(claim, "exit_status", "exit 1")


@pytest.fixture
def question(claim: runs.Claim) -> Callable[[], object]:
    def ask() -> object:
        return runs.ask(claim, Asked(key="q", text="Which <clock>?", options=("ours", "theirs"), default="ours"))

    return ask


def test_a_question(ada: Client, project: Project, claim: runs.Claim, question: Callable[[], object]) -> None:
    with same(ada, board_of(project), run_page(claim), project=project):
        question()


def test_an_answer(ada: Client, project: Project, claim: runs.Claim, question: Callable[[], object]) -> None:
    question()
    row = claim.step.run.questions.get()
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.answer(row, "theirs", by=factories.ada())


def test_a_word_to_the_agent(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, run_page(claim), project=project):
        runs.steer(claim.step.run, "Keep the signature.", by=factories.ada())


def test_a_suggested_task(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.suggest_task(claim, title="Split <it>", body="It does \u202etwo things.")
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.accept_suggested_task(claim.step.run.suggested_tasks.get(), by=factories.ada())


def test_a_question_that_was_called_for(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.ask_without_waiting(claim, "Which <clock>?", options=("ours",))
        runs.record_call(claim, "ask_architect", "{}", "Ticket 1.")


def test_a_stopped_run(ada: Client, project: Project, claim: runs.Claim) -> None:
    with same(ada, board_of(project), run_page(claim), project=project):
        runs.cancel_run(Run.objects.get(pk=claim.step.run_id), by=factories.ada())


def test_a_vote_and_a_thread(ada: Client, project: Project, task: Task) -> None:
    task.state = "started"
    task.save()
    run = factories.run(task, state="waiting", waiting_for="review")
    change = factories.change(task=task, agent=run.agent)
    patch_set = factories.patch_set(change, run=run)
    with same(ada, board_of(project), f"/tasks/{task.pk}/", project=project):
        reviews.open_thread(
            change,
            patch_set_number=1,
            path="",
            side="new",
            start_line=None,
            end_line=None,
            body="Why?",
            by=factories.rui(project),
        )
        reviews.cast_vote(change, patch_set=patch_set, head_sha=patch_set.head_sha, value=-1, by=factories.rui(project))


def test_settings_agents_and_grants(ada: Client, project: Project) -> None:
    with same(ada, f"/p/{project.pk}/settings/", board_of(project), project=project):
        factories.with_settings(project)
        board.ask_calibration(project, by=factories.ada())
        board.grant(by=factories.ada(), kind="toolchain", value="python", project=project)


def test_the_team(ada: Client, project: Project) -> None:
    with same(ada, f"/p/{project.pk}/team/", project=project):
        board.invite(project, role="reviewer", by=factories.ada())
        board.change_role(project, user=factories.olga(project), role="reviewer", by=factories.ada())


def test_the_list_of_projects(ada: Client, project: Project) -> None:
    with same(ada, "/", board_of(project), project=project):
        other = board.register_project(by=factories.ada(), location="/nowhere/at/all", target="main")
        board.project_failed(other, problem="There is nothing there.")
        board.register_project(by=factories.ada(), location="/nowhere/else", target="main")


def test_a_membership_on_the_start_page(rui: Client, project: Project) -> None:
    with same(rui, "/", project=project):
        board.change_role(project, user=factories.rui(project), role="observer", by=factories.ada())


def test_an_upstream_that_vanishes_and_is_back(ada: Client, project: Project) -> None:
    with same(ada, "/", board_of(project), f"/p/{project.pk}/branches/", project=project):
        board.lose_upstream(project, problem="There is nothing at <there>. Move it back.")
    assert "There is nothing at &lt;there&gt;." in ada.get(board_of(project)).content.decode()
    with same(ada, "/", board_of(project), project=project):
        board.find_upstream(project)
    assert "cannot be read" not in ada.get(board_of(project)).content.decode()


def test_the_stop_of_all_agents_on_a_page_of_no_project(ada: Client, project: Project) -> None:
    with same(ada, "/", board_of(project), project=project):
        runs.halt(by=factories.ada(), reason="Enough")


def test_a_persons_tokens(ada: Client, project: Project) -> None:
    with same(ada, f"/p/{project.pk}/team/", project=project):
        token, secret = accounts.issue_token(factories.ada(), "laptop")
        accounts.issue_token(factories.ada(), "desk")
        accounts.token_used(secret)
    with same(ada, f"/p/{project.pk}/team/", project=project):
        accounts.revoke_token(token, by=factories.ada())


def test_another_name_wherever_it_stands(ada: Client, project: Project, task: Task) -> None:
    me = factories.ada()
    task.created_by = me
    task.state = "started"
    task.save()
    run = factories.run(task, state="waiting", waiting_for="review")
    runs.steer(run, "Keep the signature.", by=me)
    change = factories.change(task=task, agent=run.agent)
    patch_set = factories.patch_set(change, run=run)
    reviews.cast_vote(change, patch_set=patch_set, head_sha=patch_set.head_sha, value=-1, by=me)
    board.invite(project, role="reviewer", by=me)
    gate.freeze(project, by=me, reason="Wait")
    runs.halt(by=me, reason="Enough")
    pages = [board_of(project), f"/tasks/{task.pk}/", f"/runs/{run.pk}/", "/"]
    pages += [f"/p/{project.pk}/{name}/" for name in ("team", "settings", "queue")]
    with same(ada, *pages, project=project):
        board.rename_person(me, display_name="Countess <of> Lovelace", by=me)


def test_threads_ask_again_when_their_change_ends_or_is_opened_again(project: Project, task: Task) -> None:
    """From an open thread the agent can be asked, as long as the change is open."""
    run = factories.run(task, state="waiting", waiting_for="review")
    change = factories.change(task=task, agent=run.agent)
    thread = factories.thread(factories.patch_set(change, run=run))
    moved = Logged(project.pk, 1, ChangeMoved(project=project.pk, change=change.pk, state="abandoned"))
    found = [frame for part in registry.parts_of(ChangeMoved) for frame in part.render(moved)]
    assert [frame.url for frame in found if frame.target == f"thread-{thread.pk}"] == [
        f"/changes/{change.pk}/threads/{thread.pk}/"
    ]


def test_the_branches(ada: Client, project: Project) -> None:
    revision = Revision(base_sha=factories.sha(), head_sha=factories.sha(), tree_sha=factories.sha(), message="Round")
    with same(ada, f"/p/{project.pk}/branches/", project=project):
        board.record_branches(project, branches=[{"name": "half-even", "ahead": 2, "behind": 0, "files": ["a"]}])
        reviews.adopt_branch(project, "half-even", revision, by=factories.ada())
        board.record_target(project, sha=factories.sha(), by_board=False)


def test_frames_go_to_the_kind_of_topic_they_are_registered_for(project: Project, task: Task) -> None:
    board.edit_task(task, by=factories.ada(), title="Another title")
    logged = log.as_logged(log.after(project.pk, 0)[-1])
    for part in registry.parts_of(type(logged.fact)):
        assert {kind_of(frame.topic) for frame in part.render(logged)} <= {part.topic}
