"""Repositories, branches and files that are not as they should be: a sentence, a remedy, and nothing touched."""

from pathlib import Path
from typing import Any

import pytest

from tests.board_process import Api, ApiError, BoardProcess
from tests.journey import sample
from tests.journey.conftest import Room, Untouched, opened
from tests.journey.main_job import git


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return sample.make(tmp_path / "money")


@pytest.fixture(scope="module")
def room(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room.open(api, sample.make(tmp_path_factory.mktemp("user") / "money"))


def assert_not_opened(project: dict[str, Any], sentence: str, remedy: str) -> None:
    assert project["status"] == "failed", project
    assert sentence in project["problem"]
    assert remedy in project["problem"]
    assert project["head_sha"] == ""


def note(project: dict[str, Any], code: str) -> dict[str, str]:
    assert project["status"] == "ready", project
    (found,) = [row for row in project["notes"] if row["code"] == code]
    return dict(found)


def test_a_folder_that_is_not_a_repository(api: Api, tmp_path: Path, untouched: Untouched) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "letter.txt").write_text("Dear board\n")
    with untouched(tmp_path):
        project = opened(api, tmp_path / "plain")
        nowhere = opened(api, tmp_path / "nowhere")
    assert_not_opened(project, "is not a git repository", "Run git init there, or give another path.")
    assert_not_opened(nowhere, "There is nothing at", "Check the path.")


def test_a_folder_inside_a_repository_is_not_taken_for_it(api: Api, repo: Path, untouched: Untouched) -> None:
    (repo / "src").mkdir()
    with untouched(repo):
        project = opened(api, repo / "src")
    assert_not_opened(project, "is not a git repository", "give another path")


def test_an_empty_repository_opens_after_its_first_commit(api: Api, tmp_path: Path, untouched: Untouched) -> None:
    empty = tmp_path / "empty"
    git(tmp_path, "init", "-q", "-b", "main", str(empty))
    with untouched(empty):
        project = opened(api, empty)
    assert_not_opened(project, "has no commit yet", "Make a first commit, then open it again.")
    git(empty, "config", "user.name", "Ada Example")
    git(empty, "config", "user.email", "ada@example.org")
    sha = sample.write(empty, {"a.txt": "1\n"}, "Begin")
    again = opened(api, empty)
    assert (again["id"], again["status"], again["head_sha"]) == (project["id"], "ready", sha)


def test_a_target_branch_that_is_not_there(api: Api, repo: Path, untouched: Untouched) -> None:
    with untouched(repo):
        project = opened(api, repo, target_branch="nope")
    assert_not_opened(project, "There is no branch 'nope'", "Choose one of its branches.")


def test_a_branch_that_is_not_there_is_not_put_under_review(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo), pytest.raises(ApiError) as refused:
        room.api.post(f"projects/{room.pk}/changes", branch="nope")
    assert refused.value.status == 422
    assert refused.value.error["code"] == "no_such_branch"
    assert "nope" in refused.value.error["message"]
    assert "Choose another" in refused.value.error["details"]["remedy"]


def test_a_path_that_cannot_be_read(api: Api, repo: Path, tmp_path: Path, untouched: Untouched) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (repo / ".git" / "config").write_text("[broken")
    with untouched(tmp_path):
        projects = [opened(api, repo / "README.md"), opened(api, tmp_path / "loop"), opened(api, repo)]
    for project in projects:
        assert_not_opened(project, "cannot be read: ", "Check its owner and permissions.")


def test_submodules_are_named_and_their_pointers_kept(
    api: Api, repo: Path, tmp_path: Path, untouched: Untouched
) -> None:
    library = sample.make(tmp_path / "library")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "library")
    git(repo, "commit", "-q", "-m", "Take the library along")
    with untouched(repo):
        found = note(opened(api, repo), "submodules")
    assert "has submodules" in found["message"]
    assert "their folders are empty" in found["message"]
    assert "fetch them in the setup command" in found["remedy"]


def test_lfs_pointers_are_named(api: Api, repo: Path, untouched: Untouched) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
    attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
    git(repo, "config", "filter.lfs.required", "false")
    sample.write(repo, {".gitattributes": attributes, "film.bin": pointer}, "Keep the film in LFS")
    with untouched(repo):
        found = note(opened(api, repo), "lfs")
    assert "Git LFS" in found["message"]
    assert "see the pointers" in found["message"]
    assert "git lfs in the setup command" in found["remedy"]


def test_a_detached_head_is_said_and_left_where_it_is(api: Api, repo: Path, untouched: Untouched) -> None:
    git(repo, "checkout", "-q", "--detach", "main")
    with untouched(repo):
        project = opened(api, repo)
    found = note(project, "detached_head")
    assert "HEAD is detached" in found["message"]
    assert "git switch main" in found["remedy"]
    assert project["target_branch"] == "main"


def test_a_target_named_like_a_flag(api: Api, repo: Path, untouched: Untouched) -> None:
    git(repo, "update-ref", "refs/heads/--upload-pack=touch", "main")
    with untouched(repo), pytest.raises(ApiError) as refused:
        api.post("projects", path=str(repo), target_branch="--upload-pack=touch")
    assert refused.value.status == 422
    assert "git would read it as an option" in refused.value.error["message"]
    assert "Rename the branch" in refused.value.error["details"]["remedy"]


def test_a_branch_named_like_a_flag_is_listed_but_not_taken_under_review(room: Room, untouched: Untouched) -> None:
    sha = room.branch("flagged", {"flag.txt": "1\n"})
    git(room.repo, "update-ref", "refs/heads/--output=x", sha)
    with untouched(room.repo):
        room.api.until(
            f"projects/{room.pk}/branches", lambda b: any(row["name"] == "--output=x" for row in b["branches"])
        )
        with pytest.raises(ApiError) as refused:
            room.adopt("--output=x")
    assert refused.value.error["code"] == "branch_like_flag"
    assert "is named like a command line flag" in refused.value.error["message"]
    assert "git branch -m" in refused.value.error["details"]["remedy"]


def test_a_rewritten_branch_under_review_keeps_what_was_reviewed(room: Room, untouched: Untouched) -> None:
    first = room.branch("rewritten", {"one.txt": "1\n"})
    change = room.adopt("rewritten")
    second = room.branch("other", {"one.txt": "2\n"})
    git(room.repo, "update-ref", "refs/heads/rewritten", second)
    with untouched(room.repo):
        change = room.api.until(f"changes/{change['id']}", lambda c: len(c["patch_sets"]) == 2)
    assert [row["head_sha"] for row in change["patch_sets"]] == [first, second]
    (said,) = change["patch_sets"][1]["notes"]
    assert "The branch rewritten was rewritten. Earlier patch sets are kept." in said
    assert "compare" in said.lower()
    (file,) = room.api.get(f"changes/{change['id']}/diff?patch_set=1")["files"]
    assert [line["text"] for line in file["hunks"][0]["lines"]] == ["1"]


def test_a_deleted_branch_under_review_keeps_its_change(room: Room, untouched: Untouched) -> None:
    sha = room.branch("deleted", {"gone.txt": "1\n"})
    change = room.adopt("deleted")
    git(room.repo, "branch", "-q", "-D", "deleted")
    with untouched(room.repo):
        change = room.api.until(f"changes/{change['id']}", lambda c: c["branch_problem"])
        files = room.api.get(f"changes/{change['id']}/diff?patch_set=1")["files"]
    assert "The branch deleted was deleted or renamed" in change["branch_problem"]
    assert "Make the branch again to go on" in change["branch_problem"]
    assert change["state"] == "open"
    assert [file["path"] for file in files] == ["gone.txt"]
    git(room.repo, "branch", "-q", "deleted", sha)
    room.api.until(f"changes/{change['id']}", lambda c: not c["branch_problem"])


def test_a_project_file_that_does_not_parse_leaves_the_last_good_settings(
    api: Api, repo: Path, untouched: Untouched
) -> None:
    good = '[checks.tests]\ncommand = ["python3", "-m", "unittest"]\n'
    sample.write(repo, {".teamboard/project.toml": good}, "Settle the checks")
    room = Room.open(api, repo)
    before = api.get(f"projects/{room.pk}/settings")
    assert (before["source"], before["problem"]) == ("file", "")
    sample.write(repo, {".teamboard/project.toml": good + "timeout = = 1\n"}, "Break the file")
    with untouched(repo):
        after = api.until(f"projects/{room.pk}/settings", lambda s: s["problem"])
    assert ".teamboard/project.toml, line 3: " in after["problem"]
    assert "Correct the file on the target branch" in after["problem"]
    assert after["checks"] == before["checks"]
    assert after["digest"] == before["digest"]


def test_dependencies_in_a_circle_are_refused_with_the_circle(room: Room, untouched: Untouched) -> None:
    tasks = f"projects/{room.pk}/tasks"
    first = room.api.post(tasks, title="First")
    second = room.api.post(tasks, title="Second", depends_on=[first["id"]])
    with untouched(room.repo), pytest.raises(ApiError) as refused:
        room.api.patch(f"tasks/{first['id']}", depends_on=[second["id"]])
    assert (refused.value.status, refused.value.error["code"]) == (409, "cyclic_dependency")
    assert "wait for each other in a circle" in refused.value.error["message"]
    assert f"{first['ref']}" in refused.value.error["message"]
    assert f"{second['ref']}" in refused.value.error["message"]
    assert "Take away one of these dependencies" in refused.value.error["details"]["remedy"]
    assert room.api.get(f"tasks/{first['id']}")["depends_on"] == []


def test_a_second_board_on_the_same_data_refuses_and_says_who_holds_it(board: BoardProcess, api: Api) -> None:
    second = board.again()
    assert second.returncode == 1
    said = second.stderr
    assert f"A board already runs on {board.data}" in said
    assert board.origin in said
    assert "stop it first, or name another data folder with --data DIR" in said
    assert api.get("health")["status"] == "ok"
