"""What the pages send: it works for the right role, is refused to others, and a refusal is said in words."""

import pytest
from django.test import Client

from teamboard.board.models import Agent, Invitation, Project, Task
from teamboard.lib import sharing
from teamboard.runs.models import Question, Run
from tests import factories


@pytest.fixture
def agent(project: Project) -> Agent:
    return factories.agent(project, name="Alder")


@pytest.fixture
def task(project: Project, agent: Agent) -> Task:
    return factories.task(project, state="ready", agent=agent)


def test_one_line_makes_a_card_and_starts_it(ada: Client, project: Project, agent: Agent) -> None:
    answer = ada.post(f"/p/{project.pk}/tasks/", {"title": "Retry webhooks", "agent": agent.pk, "start": "1"})
    task = Task.objects.get()
    assert answer.status_code == 200
    assert f'id="card-{task.pk}"' in answer.content.decode()
    assert Run.objects.get().task == task


def test_create_only_leaves_the_card_ready(rui: Client, project: Project, agent: Agent) -> None:
    rui.post(f"/p/{project.pk}/tasks/", {"title": "Retry webhooks", "agent": agent.pk})
    assert Task.objects.get().state == "ready"
    assert not Run.objects.exists()


def test_a_reviewer_creates_but_does_not_start(rui: Client, project: Project, agent: Agent) -> None:
    rui.post(f"/p/{project.pk}/tasks/", {"title": "Retry webhooks", "agent": agent.pk, "start": "1"})
    assert Task.objects.count() == 1
    assert not Run.objects.exists()


def test_the_unfolded_fields_are_kept(ada: Client, project: Project, task: Task) -> None:
    sent = {"title": "More", "body": "Why", "acceptance": "one\ntwo\n", "scope": "src/**, tests/**", "labels": "a, b"}
    ada.post(f"/p/{project.pk}/tasks/", {**sent, "waits_for": task.ref, "priority": "10", "start_when_free": "on"})
    made = Task.objects.get(title="More")
    assert (made.acceptance, made.scope, made.labels) == (["one", "two"], ["src/**", "tests/**"], ["a", "b"])
    assert made.waits_for.get() == task
    assert made.start_when_free


def test_an_empty_line_is_refused_in_words(ada: Client, project: Project) -> None:
    answer = ada.post(f"/p/{project.pk}/tasks/", {"title": "  "})
    assert answer.status_code == 422
    assert answer["X-Notice"]
    assert "title" in answer.content.decode()


def test_a_ref_that_is_not_there_is_named(ada: Client, project: Project) -> None:
    answer = ada.post(f"/p/{project.pk}/tasks/", {"title": "More", "waits_for": "LL-<99>"})
    assert answer.status_code == 422
    assert "LL-&lt;99&gt;" in answer.content.decode()


def test_a_circle_is_refused(ada: Client, project: Project, task: Task) -> None:
    other = factories.task(project, waits_for=(task,))
    answer = ada.post(f"/tasks/{task.pk}/edit/", {"title": task.title, "waits_for": other.ref})
    assert answer.status_code in (409, 422)
    assert not task.waits_for.exists()


def test_an_observer_writes_nothing(olga: Client, project: Project, task: Task) -> None:
    assert olga.post(f"/p/{project.pk}/tasks/", {"title": "x"}).status_code == 403
    for deed in ("edit", "move", "start", "abandon", "restore"):
        assert olga.post(f"/tasks/{task.pk}/{deed}/", {"title": "x"}).status_code == 403


def test_a_stranger_finds_no_task(eve: Client, task: Task) -> None:
    for deed in ("edit", "move", "start", "abandon", "restore"):
        assert eve.post(f"/tasks/{task.pk}/{deed}/").status_code == 404


def test_a_card_is_dragged_in_front_of_another(rui: Client, project: Project, task: Task) -> None:
    first = factories.task(project, state="backlog")
    rui.post(f"/tasks/{task.pk}/move/", {"state": "backlog", "before": first.pk})
    task.refresh_from_db()
    assert task.state == "backlog"
    assert task.position < first.position


def test_a_card_at_work_is_not_dragged(rui: Client, project: Project) -> None:
    task = factories.task(project, state="started")
    answer = rui.post(f"/tasks/{task.pk}/move/", {"state": "backlog"})
    assert answer.status_code in (409, 422)
    assert answer["X-Notice"]


def test_starting_opens_the_run(ada: Client, task: Task) -> None:
    answer = ada.post(f"/tasks/{task.pk}/start/", {"agent": task.agent_id})
    assert answer["HX-Redirect"] == f"/runs/{Run.objects.get().pk}/"


def test_starting_twice_is_refused(ada: Client, task: Task) -> None:
    ada.post(f"/tasks/{task.pk}/start/")
    assert ada.post(f"/tasks/{task.pk}/start/").status_code == 409


@pytest.fixture
def question(task: Task) -> Question:
    run = factories.run(task, state="waiting", waiting_for="question")
    step = factories.step(run, state="succeeded")
    return Question.objects.create(run=run, step=step, key="q", text="Which?", options=["a", "b"])


def test_a_reviewer_answers(rui: Client, question: Question) -> None:
    answer = rui.post(f"/questions/{question.pk}/answer/", {"text": "b"})
    question.refresh_from_db()
    assert answer.status_code == 200
    assert (question.state, question.answer) == ("answered", "b")


def test_an_answer_too_late_is_refused(rui: Client, question: Question) -> None:
    rui.post(f"/questions/{question.pk}/answer/", {"text": "b"})
    assert rui.post(f"/questions/{question.pk}/answer/", {"text": "a"}).status_code == 409


def test_observers_and_strangers_do_not_answer(olga: Client, eve: Client, question: Question) -> None:
    assert olga.post(f"/questions/{question.pk}/answer/", {"text": "b"}).status_code == 403
    assert eve.post(f"/questions/{question.pk}/answer/", {"text": "b"}).status_code == 404


def test_a_run_is_steered_stopped_and_resumed(ada: Client, question: Question) -> None:
    run = question.run
    assert ada.post(f"/runs/{run.pk}/steer/", {"text": "Keep the signature."}).status_code == 200
    assert ada.post(f"/runs/{run.pk}/stop/").status_code == 200
    assert Run.objects.get().state == "cancelled"
    assert ada.post(f"/runs/{run.pk}/resume/").status_code == 200
    assert ada.post(f"/runs/{run.pk}/steer/", {"text": ""}).status_code == 422


def test_only_an_architect_stops_a_run(rui: Client, question: Question) -> None:
    assert rui.post(f"/runs/{question.run_id}/stop/").status_code == 403


def test_settings_are_accepted_from_the_form(ada: Client, project: Project) -> None:
    sent = {"checks": "tests: python -m pytest -q\nlint?: ruff check", "needs": "python", "method": "merge"}
    assert ada.post(f"/p/{project.pk}/settings/accept/", sent).status_code == 200
    checks = project.settings_versions.get().checks
    assert checks["tests"]["command"] == ["python", "-m", "pytest", "-q"]
    assert not checks["lint"]["required"]


def test_a_line_that_is_no_check_is_refused(ada: Client, project: Project) -> None:
    answer = ada.post(f"/p/{project.pk}/settings/accept/", {"checks": "just words"})
    assert answer.status_code == 422
    assert "just words" in answer.content.decode()


def test_a_reviewer_does_not_change_settings(rui: Client, project: Project) -> None:
    for deed in ("settings/accept", "settings/calibrate", "settings/grants", "agents", "team/invite", "team/share"):
        assert rui.post(f"/p/{project.pk}/{deed}/").status_code == 403


def test_a_grant_is_given_and_taken_back(ada: Client, project: Project) -> None:
    ada.post(f"/p/{project.pk}/settings/grants/", {"kind": "toolchain", "value": "python"})
    grant = project.grants.get()
    assert ada.post(f"/grants/{grant.pk}/revoke/").status_code == 200
    assert not project.grants.exists()


def test_an_agent_is_added(ada: Client, project: Project) -> None:
    sent = {"name": "Birch", "kind": "command", "command": 'sh -c "echo hello"'}
    assert ada.post(f"/p/{project.pk}/agents/", sent).status_code == 200
    assert project.agents.get().command == ["sh", "-c", "echo hello"]


def test_an_agent_is_edited(ada: Client, rui: Client, project: Project) -> None:
    agent = factories.agent(project, name="Birch", kind="command", command=["sh", "-c", "echo 'a b'"], script="")
    form = ada.get(f"/agents/{agent.pk}/form/").content.decode()
    assert "sh -c" in form
    assert rui.get(f"/agents/{agent.pk}/form/").status_code == 403
    sent = {"name": "Beech", "command": "true --now"}
    assert ada.post(f"/agents/{agent.pk}/edit/", sent).status_code == 200
    agent.refresh_from_db()
    assert (agent.name, agent.command) == ("Beech", ["true", "--now"])


def test_an_open_quotation_is_refused(ada: Client, project: Project) -> None:
    sent = {"name": "Birch", "kind": "command", "command": 'sh -c "echo'}
    assert ada.post(f"/p/{project.pk}/agents/", sent).status_code == 422


def test_an_invitation_is_shown_once_and_joins(ada: Client, project: Project) -> None:
    answer = ada.post(f"/p/{project.pk}/team/invite/", {"role": "reviewer", "days": "7"}).content.decode()
    secret = answer.split("/join/#")[1].split("<")[0]
    assert secret not in ada.get(f"/p/{project.pk}/team/").content.decode()
    joined = Client().post("/join/", {"secret": secret, "username": "sam", "display_name": "Sam Adeyemi"})
    assert joined["Location"] == f"/p/{project.pk}/"
    assert project.memberships.get(user__username="sam").role == "reviewer"
    again = Client().post("/join/", {"secret": secret, "username": "tom"})
    assert again.status_code >= 400


def test_the_link_leads_to_where_the_board_is_shared(ada: Client, project: Project, settings: object) -> None:
    folder = settings.DATA_DIR  # type: ignore[attr-defined]
    sharing.tell(folder, sharing.Share("https://192.168.1.20:8443", "192.168.1.20", 8443, "4F:A2"))
    try:
        answer = ada.post(f"/p/{project.pk}/team/invite/", {"role": "observer", "days": "1"}).content.decode()
    finally:
        sharing.tell(folder, None)
    assert "https://192.168.1.20:8443/join/#" in answer
    assert "4F:A2" in answer


def test_an_invitation_is_withdrawn(ada: Client, project: Project) -> None:
    ada.post(f"/p/{project.pk}/team/invite/", {"role": "reviewer", "days": "7"})
    ada.post(f"/invitations/{Invitation.objects.get().pk}/withdraw/")
    assert Invitation.objects.get().withdrawn_at


def test_a_token_is_shown_once(olga: Client, project: Project) -> None:
    answer = olga.post("/tokens/", {"name": "laptop"}).content.decode()
    secret = answer.split('id="token-secret">')[1].split("<")[0]
    assert secret not in olga.get(f"/p/{project.pk}/team/").content.decode()


def test_only_who_runs_the_board_opens_repositories(ada: Client, rui: Client, project: Project) -> None:
    assert rui.post("/projects/open/", {"location": "/tmp"}).status_code == 403
    answer = ada.post("/projects/open/", {"location": "/tmp/some/where"})
    assert answer["HX-Redirect"].endswith("/branches/")
    assert ada.post("/projects/open/", {"location": "relative/path"}).status_code == 422


def test_without_scripts_a_form_comes_back_to_its_page(project: Project) -> None:
    client = Client()
    client.force_login(factories.ada())
    answer = client.post(f"/p/{project.pk}/tasks/", {"title": "Plain"})
    assert answer["Location"] == f"/p/{project.pk}/"
    refused = client.post(f"/p/{project.pk}/tasks/", {"title": ""})
    assert refused.status_code == 422
    assert "<html" in refused.content.decode()


def test_a_suggested_task_becomes_a_card_that_nobody_started(rui: Client, project: Project, task: Task) -> None:
    row = factories.suggested_task(factories.run(task, state="running"), title="Split it", body="Two things.")
    page = rui.get(f"/runs/{row.run_id}/").content.decode()
    assert f'data-url="/suggested-tasks/{row.pk}/accept/"' in page
    answer = rui.post(f"/suggested-tasks/{row.pk}/accept/")
    made = Task.objects.get(title="Split it")
    assert f"{made.ref} is in the backlog" in answer.content.decode()
    assert (made.state, made.created_by, made.start_when_free) == ("backlog", factories.rui(), False)
    assert made.body == f"Two things.\n\n_Suggested by Alder in run 1 of {task.ref}._"
    assert Run.objects.count() == 1
    row.refresh_from_db()
    assert (row.state, row.task, row.decided_by) == ("accepted", made, factories.rui())


def test_a_suggested_task_is_decided_once(rui: Client, project: Project, task: Task) -> None:
    row = factories.suggested_task(factories.run(task, state="running"))
    assert rui.post(f"/suggested-tasks/{row.pk}/dismiss/").status_code == 200
    again = rui.post(f"/suggested-tasks/{row.pk}/accept/")
    assert (again.status_code, again["X-Notice"]) == (409, "suggestion_decided")
    assert not Task.objects.exclude(pk=task.pk).exists()
