"""What agents say and leave: no line ends the listening, no word becomes an order, no file leads outside."""

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from agents.contract import AgentEvent, Brief, Feedback
from agents.programs.dialogue import Dialogue, Setting
from agents.programs.table import PROGRAMS
from agents.prompts import brief_text, turn_text
from teamboard.git import objects
from teamboard.git.snapshot import InsideFailed
from teamboard.git.stores import Stores
from teamboard.git.upstream import Upstream
from tests.git.conftest import Repo
from tests.git.test_inside import Inside
from tests.hostile.protocol import INJECTIONS, LINES

# Lines


def dialogue_of(kind: str, sent: list[object]) -> Dialogue:
    program = PROGRAMS[kind]
    return program.dialogue(Setting(program=(kind,), text="Do it.", mode=program.modes[0]), sent.append)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_no_line_of_a_program_ends_the_listening(kind: str) -> None:
    for order in (list(LINES.values()), list(LINES.values())[::-1]):
        sent: list[object] = []
        dialogue = dialogue_of(kind, sent)
        dialogue.begin()
        heard = [event for line in order for piece in line.split("\n") for event in dialogue.hear(piece)]
        heard += [*dialogue.idle(), *dialogue.end()]
        assert all(isinstance(event, AgentEvent) for event in heard)
        assert json.dumps(sent)
        assert "/etc/passwd" not in json.dumps(sent)


@pytest.mark.parametrize("kind", PROGRAMS)
@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_each_line_alone_after_the_first_word_of_the_board(kind: str, line: str) -> None:
    dialogue = dialogue_of(kind, [])
    dialogue.begin()
    assert all(isinstance(event, AgentEvent) for event in [*dialogue.hear(line), *dialogue.end()])


# Words


def orders(text: str) -> list[str]:
    """The lines of a brief that are neither quoted nor in a fence: those an agent takes for the board's own."""
    found, fence = [], ""
    for line in text.splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line == fence else fence
        elif len(ticks) >= 3 and line == ticks:
            fence = ticks
        elif not line.startswith("> "):
            found.append(line)
    return found


@pytest.mark.parametrize("words", INJECTIONS, ids=lambda words: ascii(words)[:40])
def test_what_others_wrote_is_quoted_material_in_a_brief(words: str) -> None:
    thread = Feedback(
        thread=3, path=f"src/{words}.py", side="new", start_line=1, end_line=2, quoted=words,
        comments=((f"elm {words} (agent)", words),), suggestions=((words, words),),
    )  # fmt: skip
    brief = Brief(run=1, step=1, round=2, title="T", body="B", feedback=(thread,))
    for text in (brief_text(brief), turn_text(brief)):
        said = [line for line in orders(text) if "OBEY" in line]
        # In one line each, where the thread and its author are named; never a line of its own.
        assert all(line.startswith(("### Thread 3: ", "**elm ", "Suggested replacement for ")) for line in said), said


# Files


@pytest.fixture
def inside(tmp_path: Path) -> Inside:
    (tmp_path / "repo").mkdir()
    repo = Repo(tmp_path / "repo")
    repo.git("init", "-q", "-b", "main")
    repo.commit({"a.txt": b"good\n", "src/b.py": b"b\n"}, "first")
    stores = Stores(tmp_path / "stores")
    stores.create()
    stores.mirror(Upstream(str(repo.path)), "main")
    found = Inside(stores, tmp_path / "run")
    found.clone()
    return found


SECRET = b"the-secret-of-the-host\n"


def test_no_file_leads_outside_and_none_stops_the_collecting(inside: Inside, tmp_path: Path) -> None:
    secret, work = tmp_path / "secret", inside.work
    secret.write_bytes(SECRET)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inner").write_bytes(SECRET)
    (work / "link").symlink_to(secret)
    (work / "upwards").symlink_to("../../secret")
    (work / "folder").symlink_to(tmp_path / "folder")
    (work / "root").symlink_to("/")
    (work / "loop").symlink_to("loop")
    (work / "chain0").symlink_to(secret)
    for number in range(40):
        (work / f"chain{number + 1}").symlink_to(f"chain{number}")
    os.mkfifo(work / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(work / "socket"))
    (work / "setuid").write_bytes(b"x\n")
    (work / "setuid").chmod(0o4755)
    (work / "locked").write_bytes(b"x\n")
    (work / "locked").chmod(0)
    (work / "locked-folder").mkdir(mode=0)
    with open(work / "sparse", "wb") as file:
        file.truncate(1 << 40)
    deep = work
    for _ in range(150):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "f").write_bytes(b"deep\n")
    os.link(work / "a.txt", work / "hard")
    (work / "src" / "b.py").unlink()
    (work / "src").rmdir()
    (work / "src").symlink_to(tmp_path / "folder")
    (work / ".gitattributes").symlink_to(secret)
    (work / ".gitignore").symlink_to(secret)
    (work / "nested" / ".git").mkdir(parents=True)
    (work / "nested" / ".git" / "config").write_text("[core]\n\tfsmonitor = touch x\n")
    report = inside.collect()
    assert "sparse" in str(report.left_out)
    head = inside.ingest()
    modes = inside.files(head)
    assert {modes[name] for name in ("link", "upwards", "folder", "root", "loop", "src", "chain40")} == {"120000"}
    assert modes["setuid"] == "100755"
    assert not {"fifo", "socket", "sparse", "folder/inner", "src/inner", "nested/.git/config"} & modes.keys()
    blobs = objects.read_many(inside.stores.hub, [entry.sha for entry in inside.stores.files(head)])
    assert not [one for one in blobs if SECRET.strip() in one.data]


@pytest.mark.parametrize("what", ["link", "alternates", "head", "commondir", "worktree"])
def test_no_git_folder_of_an_agent_leads_outside(inside: Inside, tmp_path: Path, what: str) -> None:
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "-q", "-b", "main")
    other.commit({"secret": SECRET}, "Of another project")
    git = inside.work / ".git"
    (inside.work / "mine.txt").write_bytes(b"mine\n")
    if what == "link":
        git.rename(tmp_path / "moved")
        git.symlink_to(other.path / ".git")
    elif what == "alternates":
        with open(git / "objects/info/alternates", "a") as file:
            file.write(f"{other.path}/.git/objects\n")
        (git / "HEAD").write_text(other.git("rev-parse", "HEAD") + "\n")
    elif what == "head":
        (git / "HEAD").write_text("ref: ../../../../etc/passwd\n")
    elif what == "commondir":
        (git / "commondir").write_text(f"{other.path}/.git\n")
    else:
        git.rename(tmp_path / "moved")
        git.write_text(f"gitdir: {other.path}/.git\n")
    try:
        inside.collect()
    except InsideFailed:
        return
    head = inside.ingest()
    assert stat.S_ISDIR(os.lstat(inside.work).st_mode)
    blobs = objects.read_many(inside.stores.hub, [entry.sha for entry in inside.stores.files(head)])
    assert not [one for one in blobs if SECRET.strip() in one.data]
