"""Every page opens for a member, is not there for a stranger, and sends others to the sign-in page."""

import re

import pytest
from django.test import Client

from teamboard.board.models import Project
from tests import factories

PAGES = ["/p/{pid}/", "/p/{pid}/branches/", "/p/{pid}/settings/", "/p/{pid}/team/", "/p/{pid}/palette/?q=a"]


@pytest.mark.parametrize("page", PAGES)
def test_a_member_reads_every_page(olga: Client, project: Project, page: str) -> None:
    assert olga.get(page.format(pid=project.pk)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_nothing(eve: Client, project: Project, page: str) -> None:
    assert eve.get(page.format(pid=project.pk)).status_code == 404


@pytest.mark.parametrize("page", ["/", *PAGES])
def test_who_is_not_signed_in_is_sent_to_the_door(project: Project, page: str) -> None:
    answer = Client().get(page.format(pid=project.pk))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("page", ["/sign-in/", "/join/", "/start/"])
def test_the_doors_are_open_to_everybody(project: Project, page: str) -> None:
    assert Client().get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_only_read(ada: Client, project: Project, page: str) -> None:
    assert ada.post(page.format(pid=project.pk)).status_code == 405


def test_task_and_run_pages_open_and_are_hidden_from_strangers(olga: Client, eve: Client, project: Project) -> None:
    run = factories.run(factories.task(project, state="started"))
    for page in (f"/tasks/{run.task_id}/", f"/runs/{run.pk}/"):
        assert olga.get(page).status_code == 200
        assert eve.get(page).status_code == 404


def test_the_page_names_the_topics_it_listens_to(olga: Client, project: Project) -> None:
    text = olga.get(f"/p/{project.pk}/").content.decode()
    found = re.search(r'data-topics="board.(\d+):0 project.(\d+):0 person.(\d+):\d+"', text)
    assert found
    assert found.groups() == (str(project.pk), str(project.pk), str(factories.olga(project).pk))


def test_what_people_write_is_shown_as_text(olga: Client, project: Project) -> None:
    task = factories.task(project, title="<img src=x onerror=alert(1)>", body="<script>alert(1)</script>")
    for page in (f"/p/{project.pk}/", f"/tasks/{task.pk}/"):
        text = olga.get(page).content.decode()
        assert "<img src=x" not in text
        assert "<script>alert" not in text
