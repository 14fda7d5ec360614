"""The life of one child: output, ceilings, and its end."""

import os
import signal
import sys
import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from agents import Finished, Limits, OutputLine, Tick, end_orphans, unsafe
from agents.process import run_to_end, spawn
from agents.watch import descendants


def wait_until(true, seconds=30.0):
    until = monotonic() + seconds
    while not true():
        assert monotonic() < until
        sleep(0.01)


def alive_with(word: str) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if word.encode() in Path("/proc", name, "cmdline").read_bytes():
                found.append(int(name))
        except OSError:
            continue
    return found


DAEMON = "setsid sh -c 'exec sleep 98765.4' </dev/null >/dev/null 2>&1 & sleep 0.2; echo started"


@pytest.mark.parametrize("isolated", [True, False])
def test_a_daemon_dies_with_the_command(sandbox, place, isolated):
    used = sandbox if isolated else unsafe()
    assert used.run(["/bin/sh", "-c", DAEMON], place, Limits(seconds=20)).reason == ""
    assert alive_with("98765.4") == []


@pytest.mark.parametrize("isolated", [True, False])
def test_killing_it_ends_everything_within_five_seconds(sandbox, place, isolated):
    used = sandbox if isolated else unsafe()
    script = DAEMON.replace("98765.4", "87654.3") + "; trap '' TERM INT HUP; sleep 87654.3"
    child = used.spawn(["/bin/sh", "-c", script], place, Limits(seconds=60))
    events = child.events()
    assert next(event for event in events if isinstance(event, OutputLine)).text == "started"
    began = monotonic()
    assert child.kill("cancelled", "It was cancelled.")
    assert monotonic() - began < 5
    assert alive_with("87654.3") == []
    *_, last = events
    assert (last.reason, last.detail) == ("cancelled", "It was cancelled.")


def test_leaving_the_events_ends_it(sandbox, place):
    child = sandbox.spawn(["sleep", "76543.2"], place, Limits(seconds=60))
    events = child.events()
    assert next(events) == Tick()
    events.close()
    assert alive_with("76543.2") == []


def test_it_outlives_the_thread_that_asked_for_it(sandbox, place):
    children = []
    thread = threading.Thread(
        target=lambda: children.append(
            sandbox.spawn(["/bin/sh", "-c", "sleep 0.3; echo still here"], place, Limits(seconds=20))
        )
    )
    thread.start()
    thread.join()
    lines = [event.text for event in children[0].events() if isinstance(event, OutputLine)]
    assert lines == ["still here"]


def test_a_tick_comes_at_least_once_a_second_also_under_output(sandbox, place):
    for script in ("sleep 1.7", "for i in $(seq 17); do echo $i; sleep 0.1; done"):
        child = sandbox.spawn(["/bin/sh", "-c", script], place, Limits(seconds=20))
        assert sum(isinstance(event, Tick) for event in child.events()) >= 2


def test_a_fork_bomb_is_walled_in(sandbox, place):
    bomb = "f() { f | f & f; }; f"
    child = sandbox.spawn(["/bin/bash", "-c", bomb], place, Limits(seconds=2, processes=64))
    most = 0
    for event in child.events():
        if isinstance(event, Tick):
            most = max(most, len(descendants(child.pid)))
    assert isinstance(event, Finished)
    assert event.reason in {"timed_out", "killed", "exit_status"}
    assert most <= 70
    assert descendants(child.pid) == [child.pid]


def test_memory_is_walled_in(shell):
    finished, _ = shell("head -c 400M /dev/zero | tail", limits=Limits(seconds=20, memory_bytes=64 * 1024**2))
    assert finished.reason in {"killed", "exit_status"}


def test_it_is_ended_when_its_time_is_up(sandbox, place):
    finished = sandbox.run(["sleep", "30"], place, Limits(seconds=0.5))
    assert (finished.reason, finished.detail) == ("timed_out", "It ran longer than 0.5 seconds.")


def test_it_is_ended_when_it_falls_silent(sandbox, place):
    script = "for i in 1 2 3 4 5; do echo $i; sleep 0.3; done; sleep 30"
    finished = sandbox.run(["/bin/sh", "-c", script], place, Limits(seconds=20, idle_seconds=1))
    assert (finished.reason, finished.detail) == ("idle", "It said nothing for 1 seconds.")


def test_it_is_ended_when_its_folders_grow_too_big(shell, place):
    script = "while :; do head -c 1M /dev/zero > f$((i=i+1)); done"
    finished, _ = shell(script, limits=Limits(seconds=20, disk_bytes=5 * 1024**2))
    assert (finished.reason, finished.detail) == ("disk_full", "Its folders grew by more than 5,242,880 bytes.")


def test_what_was_there_before_does_not_count(shell, place):
    (place.work / "clone").write_bytes(b"x" * 8 * 1024**2)
    assert shell("sleep 1.2", limits=Limits(seconds=20, disk_bytes=5 * 1024**2))[0].reason == ""


def test_one_file_cannot_outgrow_the_limit(shell, place):
    shell("head -c 50M /dev/zero > big", limits=Limits(seconds=20, disk_bytes=5 * 1024**2))
    assert (place.work / "big").stat().st_size <= 5 * 1024**2


def test_output_beyond_the_ceiling_is_counted(sandbox, place):
    child = sandbox.spawn(
        ["/bin/sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x; echo"], place, Limits(seconds=20, output_bytes=1000)
    )
    events = list(child.events())
    lines = [event for event in events if isinstance(event, OutputLine)]
    assert child.truncated_bytes == 4001
    assert [line.text for line in lines if line.stream == "stdout"] == ["x" * 1000]
    assert [line.text for line in lines if line.stream == "board"] == [
        "The output passed 1,000 bytes; the rest is only counted.",
        "4,001 bytes of output were not kept.",
    ]
    assert events[-1] == Finished(exit_code=0)


def test_a_flood_is_ended(shell):
    finished, said = shell("yes", limits=Limits(seconds=30, output_bytes=10_000))
    assert finished.reason == "output_flood"
    assert len(said) < 11_000


def test_binary_output_is_readable_text(shell):
    finished, said = shell("printf 'a\\377\\000b\\n\\303\\n'")
    assert finished.reason == ""
    assert said == "a\ufffd\ufffdb\n\ufffd"


def test_streams_are_told_apart(sandbox, place):
    lines = []
    sandbox.run(["/bin/sh", "-c", "echo out; echo err >&2"], place, Limits(seconds=5), on_output=lines.append)
    assert {(line.stream, line.text) for line in lines} == {("stdout", "out"), ("stderr", "err")}


def test_a_known_secret_never_comes_out(sandbox, place):
    lines = []
    script = "printf 'key=sk-12'; sleep 0.3; printf '345 and '; printf 'sk-12345' | base64; echo sk-12"
    sandbox.run(["/bin/sh", "-c", script], place, Limits(seconds=10), on_output=lines.append, secrets=["sk-12345"])
    assert "\n".join(line.text for line in lines) == "key=[redacted] and [redacted]=\nsk-12"


def test_exit_status_and_last_words_are_told(shell):
    finished, _ = shell("echo 'no such model' >&2; exit 3")
    assert finished == Finished(exit_code=3, reason="exit_status", detail="It ended with exit status 3. no such model")


def test_a_kill_from_inside_is_told(shell):
    assert shell("kill -9 $$")[0].reason == "killed"


def test_big_input_does_not_block_the_starter(sandbox, place):
    said = []
    finished = sandbox.run(
        ["wc", "-c"], place, Limits(seconds=20), stdin=b"x" * 3_000_000, on_output=lambda line: said.append(line.text)
    )
    assert (finished.reason, said) == ("", ["3000000"])


def test_input_to_a_child_that_does_not_read_is_harmless(sandbox, place):
    assert sandbox.run(["true"], place, Limits(seconds=20), stdin=b"x" * 3_000_000).reason == ""


def test_a_conversation_by_standard_input(sandbox, place):
    child = sandbox.spawn(["cat"], place, Limits(seconds=20), keep_stdin=True)
    events = child.events()
    child.write(b"hello\n")
    assert next(event for event in events if isinstance(event, OutputLine)).text == "hello"
    child.input.feed(b"bye\n", close=True)
    assert [event for event in events if not isinstance(event, Tick)] == [
        OutputLine(stream="stdout", text="bye"),
        Finished(exit_code=0),
    ]


def test_a_bare_program_that_is_not_there_is_a_sentence():
    finished = run_to_end(["/no/such/program"], env={}, limits=Limits())
    assert (finished.reason, finished.detail) == (
        "agent_missing",
        "/no/such/program cannot be started: No such file or directory.",
    )


LEAVER = """
import os, sys
from pathlib import Path
from agents import Limits, unsafe, Place
p = Path(sys.argv[1])
from agents.process import spawn
child = spawn(["sleep", "65432.1"], env={}, limits=Limits(), marker=sys.argv[2])
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_worker_left_is_found_and_ended(tmp_path):
    said = []
    root = Path(__file__).parents[2]
    run_to_end_of_worker = spawn(
        [sys.executable, "-c", LEAVER, str(tmp_path), "board-x"],
        env={"PYTHONPATH": str(root)},
        limits=Limits(seconds=20),
    )
    # The worker is a child of ours too, so its own leftovers are told apart by their marker.
    pid = 0
    for event in run_to_end_of_worker.events():
        if isinstance(event, OutputLine) and not pid:
            pid = int(event.text)
    said.append(pid)
    assert os.path.exists(f"/proc/{pid}")
    mine = spawn(["sleep", "54321.0"], env={}, limits=Limits(), marker="board-x")
    try:
        assert end_orphans("another-board") == 0
        assert end_orphans("board-x") == 1
        wait_until(lambda: alive_with("65432.1") == [])
        assert not mine.ended
    finally:
        mine.close()


def test_a_dead_worker_takes_its_sandboxes_with_it(place):
    """Nothing has to be swept where bubblewrap is: the kernel does it."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom agents import Limits, Place, probe\n"
        "w, h, t = map(Path, sys.argv[1:])\n"
        "c = probe().spawn(['sleep', '43210.9'], Place(work=w, home=h, tmp=t), Limits())\n"
        "import time; time.sleep(0.3)\nos.kill(os.getpid(), 9)"
    )
    root = str(Path(__file__).parents[2])
    argv = [sys.executable, "-c", script, str(place.work), str(place.home), str(place.tmp)]
    finished = run_to_end(argv, env={"PYTHONPATH": root}, limits=Limits(seconds=20))
    assert finished.exit_code == -signal.SIGKILL
    wait_until(lambda: alive_with("43210.9") == [])
