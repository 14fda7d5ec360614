"""Agents that misbehave, seen from outside: the run says what went wrong and what to do, and nothing is lost."""

from typing import Any

import pytest

from tests.board_process import Api, BoardProcess
from tests.journey import sample
from tests.journey.browsing import Browser
from tests.journey.conftest import Room, Untouched

Json = dict[str, Any]


@pytest.fixture(scope="module")
def room(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room.open(api, sample.make(tmp_path_factory.mktemp("user") / "money"))


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def told(room: Room, run: Json) -> str:
    return "\n".join(line["text"] for line in room.api.get(f"runs/{run['id']}/output?limit=5000")["lines"])


def assert_failed(room: Room, run: Json, code: str, sentence: str, remedy: str) -> None:
    """The run, its output and the attention list say the same."""
    assert run["state"] == "failed", run
    failure = run["failure"]
    assert failure["code"] == code, failure
    assert sentence in failure["message"]
    assert remedy in failure["remedy"]
    assert failure["message"] in told(room, run)
    assert failure["remedy"] in told(room, run)
    (ask,) = [row for row in room.api.get("attention")["items"] if row["run"] == run["id"]]
    assert failure["message"] in ask["ask"]
    assert run["change"] is None


def test_an_agent_that_is_missing(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run("no-such-agent", "--go")
    assert_failed(room, run, "agent_missing", "program was not found", "Check the command in the agent's settings")
    assert "no-such-agent" in run["failure"]["detail"]


def test_an_agent_that_exits_1_at_once(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run(*shell("echo no key >&2; exit 1"))
    assert_failed(room, run, "exit_status", "ended with an error", "Read its last lines of output")
    assert "no key" in told(room, run)


def test_an_agent_that_commits_nothing(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run(*shell("echo all done"))
    assert_failed(room, run, "nothing_done", "without changing any file", "Make the task more concrete")


def test_an_agent_that_rewrites_history(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run(*shell("echo x > x; git add x; git commit -q --amend -m gone"))
    assert_failed(room, run, "history_rewritten", "rewrote history", "add commits on top")
    assert "Its work is kept as" in run["failure"]["detail"]


def test_an_agent_that_deletes_its_clone_can_be_started_again(room: Room, untouched: Untouched) -> None:
    once = 'test -e "$HOME/before" || { touch "$HOME/before"; rm -rf .git ./*; exit 0; }; echo again > again.txt'
    with untouched(room.repo):
        run = room.run(*shell(once))
        assert_failed(room, run, "workspace_gone", "deleted its own clone", "it gets a fresh clone")
        room.api.post(f"runs/{run['id']}/resume")
        run = room.settled(run["id"])
    assert (run["state"], run["failure"]) == ("waiting", None)
    (file,) = room.api.get(f"changes/{run['change']}/diff")["files"]
    assert file["path"] == "again.txt"


def test_an_agent_that_prints_binary(room: Room, board: BoardProcess, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run(*shell("head -c 3000 /dev/urandom; printf '\\000\\377\\033[31m' | tee blob.bin"))
        lines = room.api.get(f"runs/{run['id']}/output?limit=5000")["lines"]
    assert (run["state"], run["failure"]) == ("waiting", None)
    assert not any("\0" in line["text"] for line in lines)
    browser = Browser(board.origin)
    browser.sign_in(board.manage("signin", "ada"))
    page = browser.get(f"/runs/{run['id']}/")
    assert all(letter >= " " or letter in "\t\r\n" for letter in page)
    (file,) = room.api.get(f"changes/{run['change']}/diff")["files"]
    assert (file["path"], file["binary"], file["hunks"]) == ("blob.bin", True, [])


def test_a_file_of_50_MB(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run(*shell("head -c 50000000 /dev/zero > big.bin"))
    assert_failed(room, run, "file_too_big", "too big to keep", "add it to .gitignore")
    assert "big.bin" in run["failure"]["detail"]


def test_a_file_of_50_MB_beside_real_work_is_left_out_and_named(room: Room, untouched: Untouched) -> None:
    with untouched(room.repo):
        run = room.run(*shell("head -c 50000000 /dev/zero > big.bin; echo 1 > one.txt"))
        change = room.api.get(f"changes/{run['change']}")
        (file,) = room.api.get(f"changes/{run['change']}/diff")["files"]
    assert file["path"] == "one.txt"
    assert any(text.startswith("Left out: big.bin") for text in change["patch_sets"][0]["notes"])


def test_names_with_newlines(room: Room, untouched: Untouched) -> None:
    program = "open('first\\nsecond', 'w').write('1\\n'); open('-rf', 'w').write('2\\n')"
    with untouched(room.repo):
        run = room.run("python3", "-c", program)
        files = room.api.get(f"changes/{run['change']}/diff")["files"]
    assert [file["path"] for file in files] == ["-rf", "first\nsecond"]
    thread = room.api.post(
        f"changes/{run['change']}/threads", patch_set=1, path="first\nsecond", start_line=1, end_line=1, body="Why?"
    )
    assert (thread["current"]["path"], thread["current"]["kind"]) == ("first\nsecond", "exact")
