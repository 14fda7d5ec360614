"""The stores follow the upstream, and what is already there is told."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from teamboard.board.actions import register_project
from teamboard.board.models import Calibration, Project, SettingsVersion
from teamboard.events.models import Event
from teamboard.pipeline import calibration, projects
from teamboard.reviews.adoption import adopt
from teamboard.reviews.storage import stores
from tests import factories
from tests.pipeline.conftest import Repo


def branch(repo: Repo, name: str, **files: str) -> str:
    repo.git("switch", "-q", "-c", name, "main")
    sha = repo.commit(f"Work on {name}", **files)
    repo.git("switch", "-q", "main")
    return sha


def follow(project: Project) -> Project:
    projects.follow(project.pk)
    project.refresh_from_db()
    return project


def opened(location: Path | str, target: str = "") -> Project:
    made = register_project(by=factories.ada(), location=str(location), target=target)
    projects.open_project(made.pk)
    made.refresh_from_db()
    return made


def test_opening_fills_the_stores_and_proposes_checks(project: Project, repo: Repo) -> None:
    assert (project.target, project.head_sha) == ("main", repo.git("rev-parse", "main"))
    assert stores(project.pk).resolve("refs/heads/main") == project.head_sha
    proposal = project.settings_versions.filter(source=SettingsVersion.PROPOSAL).get()
    assert proposal.checks["tests"]["command"][-2:] == ["pytest", "-q"]
    assert project.calibrations.get(check_name="tests").result == Calibration.RUNNING


def test_an_upstream_that_is_moved_away_is_told_with_a_remedy_until_it_is_back(project: Project, repo: Repo) -> None:
    away = repo.path.with_name("away")
    repo.path.rename(away)
    lost = follow(project)
    assert lost.upstream_problem == (
        f"There is nothing at {repo.path}. Move the repository back, or leave a symbolic link to it at {repo.path}."
    )
    first = lost.upstream_lost_at
    assert first is not None
    assert follow(project).upstream_lost_at == first
    repo.path.symlink_to(away)
    assert (follow(project).upstream_problem, project.upstream_lost_at) == ("", None)
    told = Event.objects.filter(project_id=project.pk, kind="upstream_lost").order_by("seq")
    assert [event.data["lost"] for event in told] == [True, False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.mkdir(), "not a git repository"),
        (lambda path: (path.mkdir(), Repo(path).git("init", "-q")), "no commit"),
        (lambda path: None, "There is nothing at"),
    ],
    ids=["a folder without a repository", "an empty repository", "no such folder"],
)
def test_a_repository_that_cannot_be_opened_says_why(tmp_path: Path, make: object, sentence: str) -> None:
    make(tmp_path / "there")  # type: ignore[operator]
    project = opened(tmp_path / "there")
    assert project.status == Project.FAILED
    assert sentence in project.problem


@pytest.mark.django_db(transaction=True)
def test_a_target_that_is_not_there_says_so(repo: Repo) -> None:
    project = opened(repo.path, target="release")
    assert project.status == Project.FAILED
    assert "release" in project.problem


def test_branches_are_told_with_distance_and_conflicts(project: Project, repo: Repo) -> None:
    branch(repo, "one", sums_py="def add(a, b):\n    return a + b + 0\n")
    branch(repo, "two", sums_py="def add(a, b):\n    return sum((a, b))\n")
    branch(repo, "apart", other_py="x = 1\n")
    rows = {row["name"]: row for row in follow(project).branches}
    assert set(rows) == {"main", "one", "two", "apart"}
    assert (rows["one"]["ahead"], rows["one"]["behind"], rows["one"]["files"]) == (1, 0, 1)
    assert rows["one"]["conflicts_with"] == ["two"]
    assert rows["apart"]["conflicts_with"] == []
    assert rows["one"]["conflicts_with_target"] is False


def test_looking_again_at_an_unchanged_upstream_tells_nothing(project: Project, repo: Repo) -> None:
    branch(repo, "one", other_py="x = 1\n")
    follow(project)
    before = Event.objects.count()
    follow(project)
    assert Event.objects.count() == before


def test_a_target_that_somebody_moved_is_mirrored_with_its_project_file(project: Project, repo: Repo) -> None:
    sha = repo.commit(
        "Define checks", **{".teamboard__project.toml": '[checks.style]\ncommand = ["true"]\n', "other_py": "y = 1\n"}
    )
    follow(project)
    assert project.head_sha == sha
    assert stores(project.pk).resolve("refs/heads/main") == sha
    row = project.settings_versions.filter(source=SettingsVersion.FILE).get()
    assert list(row.checks) == ["style"]


def test_new_commits_on_an_adopted_branch_become_patch_sets(project: Project, repo: Repo) -> None:
    branch(repo, "feature", other_py="x = 1\n")
    change = adopt(project, "feature", by=factories.ada())
    repo.git("switch", "-q", "feature")
    sha = repo.commit("More", other_py="x = 2\n")
    follow(project)
    newest = change.patch_sets.get(number=2)
    assert newest.head_sha == sha
    assert stores(project.pk).resolve(newest.ref) == sha
    follow(project)
    assert change.patch_sets.count() == 2


def test_a_rewritten_branch_under_review_says_so(project: Project, repo: Repo) -> None:
    branch(repo, "feature", other_py="x = 1\n")
    change = adopt(project, "feature", by=factories.ada())
    repo.git("switch", "-q", "feature")
    repo.git("commit", "-q", "--amend", "-m", "Another history")
    follow(project)
    assert "was rewritten" in change.patch_sets.get(number=2).notes[0]


def test_a_deleted_branch_under_review_says_so_and_keeps_its_patch_sets(project: Project, repo: Repo) -> None:
    sha = branch(repo, "feature", other_py="x = 1\n")
    change = adopt(project, "feature", by=factories.ada())
    repo.git("branch", "-q", "-D", "feature")
    follow(project)
    change.refresh_from_db()
    assert "was deleted or renamed" in change.branch_problem
    assert stores(project.pk).resolve(change.patch_sets.get().ref) == sha


def test_an_upstream_that_vanished_is_survived(project: Project, repo: Repo) -> None:
    away = repo.path.with_name("away")
    shutil.move(repo.path, away)
    follow(project)
    shutil.move(away, repo.path)
    repo.commit("Back", other_py="x = 3\n")
    assert follow(project).head_sha == repo.git("rev-parse", "main")


def calibrated(project: Project, **checks: dict[str, object]) -> dict[str, Calibration]:
    factories.with_settings(project, checks=checks)
    calibration.calibrate_if_new(project.pk)
    assert calibration.calibrate(project.pk) is True
    return {row.check_name: row for row in project.calibrations.all()}


def test_calibration_tells_green_red_network_and_missing_tools_apart(project: Project) -> None:
    fetch = "import urllib.request; urllib.request.urlopen('http://example.org')"
    rows = calibrated(
        project,
        green={"command": ["python3", "-m", "unittest", "-q"]},
        red={"command": ["/bin/sh", "-c", "echo 'FAILED tests/test_a.py::test_b - no'; exit 1"]},
        net={"command": ["python3", "-c", fetch]},
        tool={"command": ["no-such-tool"]},
        library={"command": ["python3", "-c", "import no_such_library"]},
    )
    assert {name: row.result for name, row in rows.items()} == {
        "green": "passes", "red": "red", "net": "impossible", "tool": "impossible", "library": "impossible",
    }  # fmt: skip
    assert "tests/test_a.py::test_b" in rows["red"].reason
    assert "network" in rows["net"].reason
    assert "no-such-tool" in rows["tool"].reason
    assert "setup command" in rows["library"].remedy
    assert all(row.remedy for name, row in rows.items() if name != "green")
    assert calibration.due_projects() == []


def test_what_was_tried_as_it_is_defined_is_not_tried_again(project: Project) -> None:
    calibrated(project, green={"command": ["true"]})
    before = Event.objects.count()
    calibration.calibrate_if_new(project.pk)
    assert Event.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_workers_that_open_a_project_at_once_open_it_once(repo: Repo) -> None:
    made = register_project(by=factories.ada(), location=str(repo.path))
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(projects.open_project, [made.pk] * 4))
    made.refresh_from_db()
    assert (made.status, made.problem) == (Project.READY, "")
    assert Event.objects.filter(kind="project_ready").count() == 1
