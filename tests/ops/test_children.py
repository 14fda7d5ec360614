"""Processes of a board: restarted when they die, stopped in reverse, gone with their parent."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from teamboard.ops.children import RESTARTS_PER_MINUTE, Child, Children

SLEEP = [sys.executable, "-c", "import signal; signal.pause()"]


def test_a_dead_child_is_started_again_and_its_death_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    children = Children()
    child = children.add(Child("web", SLEEP, os.environ, tmp_path / "log", told.append))
    first = child.process
    assert first
    first.kill()
    first.wait()
    children.watch()
    assert told == [first.pid]
    assert child.process
    assert child.process.pid != first.pid
    children.stop()
    assert not child.alive


def test_a_child_that_dies_again_and_again_ends_the_board_with_a_sentence(tmp_path: Path) -> None:
    children = Children()
    child = children.add(Child("web", [sys.executable, "-c", ""], os.environ, tmp_path / "log"))
    with pytest.raises(SystemExit, match="dies again and again"):
        for _ in range(RESTARTS_PER_MINUTE + 1):
            assert child.process
            child.process.wait()
            children.watch()


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal; from pathlib import Path; from teamboard.ops.children import Child\n"
        "c = Child('x', [sys.executable, '-c', 'import signal; signal.pause()'], os.environ, Path(sys.argv[1]))\n"
        "c.start(); print(c.process.pid, flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "log")], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        grandchild = int(parent.stdout.readline())
        watch = os.pidfd_open(grandchild)
        parent.send_signal(signal.SIGKILL)
        assert select.select([watch], [], [], 5)[0], "the child outlived its parent"
        os.close(watch)
