"""A repository is registered, opened, and followed."""

import pytest

from teamboard.board import actions, queries
from teamboard.board.models import Project
from teamboard.lib.refusal import Refused
from tests import factories as make

pytestmark = pytest.mark.django_db


def register(location="/srv/ledger-lines", **fields):
    return actions.register_project(by=fields.pop("by", None) or make.ada(), location=location, **fields)


def test_an_architect_registers_a_folder():
    project = register("/srv/ledger-lines/", target="main")
    assert (project.name, project.key, project.upstream) == ("ledger-lines", "LL", "/srv/ledger-lines")
    assert (project.upstream_kind, project.status) == (Project.LOCAL, Project.OPENING)
    assert make.told(project) == [("project_opened", make.ada().actor)]


@pytest.mark.parametrize(
    "url", ["https://example.org/a/ledger.git", "ssh://git@example.org/ledger", "git@example.org:a/ledger.git"]
)
def test_a_clone_url_is_a_remote(url):
    project = register(url)
    assert (project.upstream_kind, project.upstream, project.name) == (Project.REMOTE, url, "ledger")


@pytest.mark.parametrize("who", [make.rui, make.olga, make.eve])
def test_nobody_else_registers(who):
    with pytest.raises(Refused, match="Only an Architect of the whole board may open a repository") as refused:
        register(by=who())
    assert refused.value.status == 403


@pytest.mark.parametrize("location", ["", "  ", "-x", "relative/path", "ext::sh -c id", "/a\nb"])
def test_a_location_that_makes_no_sense_is_refused_in_words(location):
    with pytest.raises(Refused, match="clone URL") as refused:
        register(location)
    assert refused.value.status == 422


def test_a_target_named_like_a_flag_is_refused():
    with pytest.raises(Refused, match="git would read it as an option. Rename the branch"):
        register(target="--upload-pack=x")


def test_the_same_repository_and_target_twice_is_refused():
    first = register(target="main")
    with pytest.raises(Refused, match="already open as ledger-lines") as refused:
        register("/srv/./ledger-lines", target="main")
    assert refused.value.details == {"project": first.pk}
    with pytest.raises(Refused, match="already open"):
        register()
    assert register(target="release").pk != first.pk


def test_one_that_failed_to_open_is_tried_again_in_place():
    first = register(target="man")
    actions.project_failed(first, problem="There is no branch man. Name another one.")
    second = register(target="man", name="Ledger")
    assert (second.pk, second.status, second.problem) == (first.pk, Project.OPENING, "")


def test_keys_are_short_and_never_the_same():
    keys = [
        register(f"/srv/{n}", name=name).key for n, name in enumerate(["Ledger lines", "Long list", "ledger", "数"])
    ]
    assert keys == ["LL", "LL2", "LED", "BOA"]


def test_failed_and_ready_are_told():
    project = register()
    actions.project_failed(project, problem="It is gone. Mount the disk.")
    assert (project.status, project.problem) == (Project.FAILED, "It is gone. Mount the disk.")
    actions.project_ready(project, target="main", head_sha=make.sha(1))
    project.refresh_from_db()
    assert (project.target, project.status, project.problem) == ("main", Project.READY, "")
    assert [kind for kind, _ in make.told(project)] == ["project_opened", "project_ready", "project_ready"]


def test_branches_are_told_only_when_they_differ():
    project = make.project()
    assert actions.record_branches(project, branches=[{"name": "fix", "sha": make.sha(1)}])
    assert not actions.record_branches(project, branches=[{"name": "fix", "sha": make.sha(1)}])
    assert [kind for kind, _ in make.told(project)] == ["branches_seen"]


def test_the_target_is_told_only_when_it_moved():
    project = make.project()
    assert actions.record_target(project, sha=make.sha(5), by_board=True)
    assert not actions.record_target(project, sha=make.sha(5), by_board=False)
    assert [kind for kind, _ in make.told(project)] == ["target_moved"]


def test_people_see_their_projects_only():
    here, there = make.project(name="b"), make.project(name="a")
    assert queries.projects_of(make.ada()) == [there, here]
    assert queries.projects_of(make.rui(here)) == [here]
    assert queries.projects_of(make.eve()) == []


def test_what_one_worker_opened_is_not_failed_by_another():
    project = register()
    actions.project_ready(project, target="main", head_sha=make.sha(1))
    actions.project_failed(project, problem="The repository could not be read.")
    assert (project.status, project.problem) == (Project.READY, "")
    assert [kind for kind, _ in make.told(project)] == ["project_opened", "project_ready"]
