"""One board per data folder, a port that stays, and sentences when it cannot be."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from teamboard.ops import environment
from teamboard.ops.instance import AlreadyRunning, Instance, port_of, reserve


def test_the_second_board_on_the_same_data_refuses_and_says_who_holds_it(tmp_path: Path) -> None:
    first, second = Instance(tmp_path), Instance(tmp_path)
    first.take()
    first.tell(pid=os.getpid(), origin="http://127.0.0.1:1")
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}, http://127.0.0.1:1.*--data"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_the_lock_is_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from teamboard.ops.instance import Instance\n"
        "held = Instance(Path(sys.argv[1])); held.take(); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=-1, stdout=-1) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning):
            Instance(tmp_path).take()
        holder.kill()
    mine = Instance(tmp_path)
    mine.take()
    mine.release()


def test_a_taken_port_is_refused_with_a_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SystemExit, match="taken by another program.*--port"):
            reserve(other.getsockname()[1], None)


def test_the_last_port_is_used_again_unless_it_is_taken() -> None:
    with reserve(None, 0) as first:
        last = port_of(first)
        with reserve(None, last) as second:
            assert port_of(second) != last
    with reserve(None, last) as again:
        assert port_of(again) == last


@pytest.mark.parametrize("argv", [["up", "--data", "x/y"], ["up", "--data=x/y"]])
def test_data_on_the_command_line_is_the_same_as_the_variable(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEAMBOARD_DATA", "elsewhere")
    environment.adopt(argv)
    assert os.environ["TEAMBOARD_DATA"] == str(tmp_path / "x" / "y")


def test_a_data_folder_that_is_a_file_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="cannot use the data folder.*--data DIR"):
        environment.ready_folder(tmp_path / "file")
