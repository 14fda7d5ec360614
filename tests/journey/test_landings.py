"""What may stand in the way of a landing, and the ways in which people bring work: all through HTTP."""

import subprocess
from pathlib import Path

import pytest

from tests.board_process import Api, BoardProcess
from tests.journey import sample
from tests.journey.browsing import Browser
from tests.journey.conftest import Room, Untouched, contents
from tests.journey.main_job import git

MINE, SECRET = b"my own notes, not committed\n", b"TOKEN=\xff\x00 do not lose\n"


@pytest.fixture(scope="module")
def room(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = Room.open(api, sample.make(tmp_path_factory.mktemp("user") / "money"))
    room.settle(["python3", "-m", "unittest", "-q"])
    return room


def test_a_dirty_and_an_ignored_file_in_the_way_hold_a_landing_until_they_are_moved(room: Room, tmp_path: Path) -> None:
    room.branch("both", {"README.md": "# Money, explained\n"})
    git(room.repo, "worktree", "add", "-q", str(tmp_path / "w"), "both")
    (tmp_path / "w" / ".env").write_text("TOKEN=example\n")
    git(tmp_path / "w", "add", "-f", ".env")
    git(tmp_path / "w", "commit", "-q", "-m", "Show an example")
    git(room.repo, "worktree", "remove", "--force", str(tmp_path / "w"))
    (room.repo / "README.md").write_bytes(MINE)
    (room.repo / ".env").write_bytes(SECRET)
    before, files = room.head(), contents(room.repo)
    entry = room.approve(room.adopt("both"))["queue_entry"]
    held = room.entry(entry["id"], "held", "merged", "returned")
    assert held["state"] == "held", held
    assert held["reason"]["code"] == "files_in_the_way"
    assert sorted(held["reason"]["files"]) == [".env", "README.md"]
    assert "would be overwritten: " in held["reason"]["message"]
    assert "it lands by itself then" in held["reason"]["remedy"]
    assert room.head() == before
    assert {path: print_ for path, print_ in contents(room.repo).items() if not path.startswith(".git/objects")} == {
        path: print_ for path, print_ in files.items() if not path.startswith(".git/objects")
    }
    (room.repo / ".env").rename(tmp_path / "env")
    (room.repo / "README.md").rename(tmp_path / "readme")
    git(room.repo, "checkout", "-q", "--", "README.md")
    merged = room.entry(entry["id"], "merged", "returned")
    assert merged["state"] == "merged", merged
    assert room.head() == merged["candidate_sha"]
    assert (room.repo / "README.md").read_text() == "# Money, explained\n"
    assert (room.repo / ".env").read_text() == "TOKEN=example\n"
    assert git(room.repo, "status", "--porcelain") == ""
    assert ((tmp_path / "readme").read_bytes(), (tmp_path / "env").read_bytes()) == (MINE, SECRET)


def test_a_rejected_change_is_kept_and_a_click_brings_it_back(room: Room, untouched: Untouched) -> None:
    room.branch("rejected", {"doubt.txt": "maybe\n"})
    change = room.adopt("rejected")
    address = f"changes/{change['id']}"
    with untouched(room.repo):
        gone = room.api.post(f"{address}/abandon", reason="Not now")
        files = room.api.get(f"{address}/diff")["files"]
        back = room.api.post(f"{address}/restore")
    assert (gone["state"], gone["reason"]) == ("abandoned", "Not now")
    assert [file["path"] for file in files] == ["doubt.txt"]
    assert (back["state"], back["patch_sets"]) == ("open", change["patch_sets"])
    merged = room.entry(room.approve(back)["queue_entry"]["id"], "merged", "returned", "held")
    assert merged["state"] == "merged", merged
    assert (room.repo / "doubt.txt").read_text() == "maybe\n"


def test_a_person_pushes_the_next_patch_set(room: Room, tmp_path: Path, untouched: Untouched) -> None:
    room.branch("pushed", {"pushed.txt": "1\n"})
    change, clone = room.adopt("pushed"), tmp_path / "clone"
    address = room.api.origin.replace("http://", f"http://ada:{room.api.token}@") + f"/git/changes/{change['id']}.git"
    with untouched(room.repo):
        git(tmp_path, "clone", "-q", address, str(clone))
        git(clone, "config", "user.name", "Ada Example")
        git(clone, "config", "user.email", "ada@example.org")
        pushed = sample.write(clone, {"pushed.txt": "2\n"}, "Count on")
        git(clone, "push", "-q", "origin", "HEAD")
        now = room.api.get(f"changes/{change['id']}")
    assert [row["head_sha"] for row in now["patch_sets"]] == [change["patch_sets"][0]["head_sha"], pushed]
    (file,) = room.api.get(f"changes/{change['id']}/diff?patch_set=2&against=1")["files"]
    assert [(line["kind"], line["text"]) for line in file["hunks"][0]["lines"]] == [("delete", "1"), ("add", "2")]


def test_a_push_without_a_valid_token_is_refused(room: Room, tmp_path: Path, untouched: Untouched) -> None:
    room.branch("guarded", {"guarded.txt": "1\n"})
    change = room.adopt("guarded")
    address = room.api.origin.replace("http://", "http://ada:guess@") + f"/git/changes/{change['id']}.git"
    with untouched(room.repo):
        tried = subprocess.run(
            ["git", "push", "-q", address, "main:change"], cwd=room.repo, capture_output=True, text=True,
            env={"GIT_TERMINAL_PROMPT": "0", "PATH": "/usr/local/bin:/usr/bin:/bin"},
        )  # fmt: skip
    assert tried.returncode != 0
    assert "Authentication failed" in tried.stderr
    assert len(room.api.get(f"changes/{change['id']}")["patch_sets"]) == 1


def test_a_person_edits_a_file_in_the_page(room: Room, board: BoardProcess, untouched: Untouched) -> None:
    room.branch("edited", {"edited.txt": "one\ntwo\n"})
    change = room.adopt("edited")
    browser = Browser(board.origin)
    browser.sign_in(board.manage("signin", "ada"))
    address = f"/changes/{change['id']}/edit/"
    with untouched(room.repo):
        form = browser.form(f"{address}?path=edited.txt", address)
        assert form["text"].lstrip("\n") == "one\ntwo\n"
        answer = browser.post(address, {**form, "text": "one\r\nthree\r\n", "message": "Count better"})
    assert answer == f"/changes/{change['id']}/?ps=2&against=1"
    made = room.api.get(f"changes/{change['id']}")["patch_sets"][1]
    assert made["message"].strip() == "Count better"
    (file,) = room.api.get(f"changes/{change['id']}/diff?patch_set=2&against=1")["files"]
    changed = [(line["kind"], line["text"]) for line in file["hunks"][0]["lines"] if line["kind"] != "context"]
    assert changed == [("delete", "two"), ("add", "three")]


def test_an_edit_of_what_is_not_the_newest_patch_set_any_more_is_refused(
    room: Room, board: BoardProcess, untouched: Untouched
) -> None:
    room.branch("outdated", {"outdated.txt": "1\n"})
    change = room.adopt("outdated")
    browser = Browser(board.origin)
    browser.sign_in(board.manage("signin", "ada"))
    address = f"/changes/{change['id']}/edit/"
    with untouched(room.repo):
        form = browser.form(f"{address}?path=outdated.txt", address)
        browser.post(address, {**form, "text": "2\n"})
        status, page = browser.refused(address, {**form, "text": "3\n"})
    assert status == 409
    assert "Patch set 2 has arrived since." in page
    assert "Copy your text" in page


def landed(room: Room, name: str, files: dict[str, str]) -> None:
    """Adopt a new branch with these files, approve it and wait until it is on the target."""
    room.branch(name, files)
    entry = room.approve(room.adopt(name))["queue_entry"]
    row = room.entry(entry["id"], "merged", "returned", "held")
    assert row["state"] == "merged", row
    assert room.head() == row["candidate_sha"]


def test_a_landing_beside_submodules_and_lfs_pointers_leaves_both_alone(api: Api, tmp_path: Path) -> None:
    library, repo = sample.make(tmp_path / "library"), sample.make(tmp_path / "money")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "library")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
    sample.write(repo, {".gitattributes": "*.bin filter=lfs -text\n", "film.bin": pointer}, "Take both along")
    room = Room.open(api, repo)
    room.settle(["sh", "-ec", "test -d library; test -z \"$(ls library)\"; grep -q 'size 12345' film.bin"])
    before = contents(repo / "library")
    landed(room, "simple", {"simple.txt": "1\n"})
    assert contents(repo / "library") == before
    assert ((repo / "film.bin").read_text(), (repo / "simple.txt").read_text()) == (pointer, "1\n")
    assert git(repo, "status", "--porcelain") == ""


def test_a_landing_leaves_a_detached_head_and_its_files_where_they_are(api: Api, tmp_path: Path) -> None:
    repo = sample.make(tmp_path / "money")
    git(repo, "checkout", "-q", "--detach", "main")
    (repo / "README.md").write_bytes(MINE)
    room = Room.open(api, repo)
    room.settle(["python3", "-m", "unittest", "-q"])
    head, status = git(repo, "rev-parse", "HEAD"), git(repo, "status", "--porcelain")
    landed(room, "readme", {"README.md": "# Something else\n"})
    assert (git(repo, "rev-parse", "HEAD"), git(repo, "status", "--porcelain")) == (head, status)
    assert (repo / "README.md").read_bytes() == MINE
