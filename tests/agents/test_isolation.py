"""What a command inside the sandbox can see, reach and change."""

import os
import socket
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from agents import Finished, Limits, Place, Sandbox, toolchain, unsafe

OK = Finished(exit_code=0)


def test_it_works_in_its_own_folder(shell, place):
    assert shell("pwd && echo hello > made") == (OK, "/work")
    assert (place.work / "made").read_text() == "hello\n"


def test_home_and_tmp_are_folders_of_the_run(shell, place):
    assert shell('echo a > "$HOME/a" && echo b > /tmp/b && echo c > "$TMPDIR/c"')[0] == OK
    assert (place.home / "a").exists()
    assert {path.name for path in place.tmp.iterdir()} == {"b", "c"}


def test_its_environment_is_built_from_zero(shell, place, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-very-secret")
    _, said = shell("env", replace(place, environment={"GREETING": "hi"}))
    names = {line.partition("=")[0] for line in said.splitlines()}
    assert names == {"PATH", "HOME", "TMPDIR", "LANG", "USER", "LOGNAME", "SHELL", "TERM", "GREETING", "PWD"}


def test_no_environment_of_the_board_hides_in_proc(shell, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-very-secret")
    assert "sk-very-secret" not in shell("cat /proc/*/environ | tr '\\0' '\\n'")[1]


def test_its_environment_is_not_on_any_command_line(sandbox, place):
    """Every user of the machine can read a command line."""
    where = replace(place, environment={"TOKEN": "tok-8c1d"})
    child = sandbox.spawn(["/bin/cat"], where, Limits(seconds=20), keep_stdin=True)
    try:
        assert b"tok-8c1d" not in Path(f"/proc/{child.pid}/cmdline").read_bytes()
    finally:
        child.close()


@pytest.mark.parametrize("path", ["/root", "/etc/shadow", "/run", "/var", "/home/agent/../../root", "/sys", "/opt"])
def test_the_host_is_not_there(shell, path):
    assert shell(f"test ! -e {path}")[0] == OK


def test_a_link_to_a_file_of_the_host_leads_nowhere(shell, place, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    (place.work / "link").symlink_to(secret)
    finished, said = shell("cat link")
    assert finished.reason == "exit_status"
    assert "the secret" not in said


def test_it_sees_no_process_but_its_own(shell):
    assert int(shell("ls -d /proc/[0-9]* | wc -l")[1]) <= 6


def test_it_inherits_no_open_file(shell):
    with open("/etc/passwd") as held:
        os.set_inheritable(held.fileno(), True)
        assert shell("ls /proc/self/fd")[1].split() == ["0", "1", "2", "3"]  # 3 is the folder that ls reads


@pytest.mark.parametrize("path", ["/", "/usr", "/etc", "/dev", "/home"])
def test_nothing_else_can_be_written(shell, path):
    finished, said = shell(f"touch {path}/planted")
    assert finished.reason == "exit_status"
    assert "Read-only file system" in said or "Permission denied" in said


def test_devices_work_and_shared_memory_is_small(shell):
    script = (
        "head -c 4 /dev/zero > /dev/null && head -c 4 /dev/urandom > /dev/shm/x && head -c 300M /dev/zero > /dev/shm/y"
    )
    assert "No space left" in shell(script)[1]


def test_granted_folders_are_read_only_at_the_same_path(shell, place, tmp_path):
    granted = tmp_path / "granted"
    granted.mkdir()
    (granted / "data").write_text("shared")
    finished, said = shell(f"cat {granted}/data; touch {granted}/x", replace(place, read_only=(granted,)))
    assert "shared" in said
    assert finished.reason == "exit_status"
    assert not (granted / "x").exists()


def test_the_clone_can_be_shown_read_only(shell, place):
    finished, said = shell("touch planted", writable=False)
    assert (finished.reason, "Read-only" in said) == ("exit_status", True)


def test_it_has_no_capabilities_and_makes_no_namespaces(shell):
    assert "CapEff:\t0000000000000000" in shell("cat /proc/self/status")[1]
    assert shell("unshare -U true")[0].reason == "exit_status"


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2).close()"


def connect(sandbox: Sandbox, place: Place, port: int) -> Finished:
    where = replace(place, read_only=toolchain("python"))
    return sandbox.run(["python3", "-I", "-S", "-c", CONNECT, str(port)], where, Limits(seconds=20))


def test_there_is_no_network(sandbox, place, listener):
    finished = connect(sandbox, place, listener.getsockname()[1])
    assert (finished.reason, "ConnectionRefusedError" in finished.detail) == ("exit_status", True)


def test_there_is_network_where_it_was_granted(sandbox, place, listener):
    assert connect(sandbox, replace(place, network=True), listener.getsockname()[1]) == OK
    listener.accept()[0].close()


def test_it_can_talk_to_itself(sandbox, place):
    script = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname()).close()"
    )
    where = replace(place, read_only=toolchain("python"))
    assert sandbox.run(["python3", "-I", "-S", "-c", script], where, Limits(seconds=20)) == OK


def test_the_prepared_layer_lies_under_the_clone(sandbox, shell, place, tmp_path):
    assert sandbox.can_overlay
    lower = tmp_path / "layer"
    lower.mkdir()
    (lower / "installed").write_text("package")
    (place.work / "source").write_text("mine")
    where = replace(place, lower=lower)
    assert shell("cat installed source; echo x > installed; rm -f nothing", where)[1] == "packagemine"
    assert (lower / "installed").read_text() == "package"
    assert shell("cat installed", where, writable=False)[1] == "x"
    assert shell("touch y", where, writable=False)[0].reason == "exit_status"


def test_programs_of_the_layer_come_first(shell, place, tmp_path):
    programs = tmp_path / "layer/.venv/bin"
    programs.mkdir(parents=True)
    for name in ("git", "own-tool"):
        (programs / name).write_text("#!/bin/sh\necho of the layer\n")
        (programs / name).chmod(0o755)
    assert shell("git; own-tool", replace(place, lower=tmp_path / "layer"))[1] == "of the layer\nof the layer"


def test_programs_of_a_bare_clone_do_not(shell, place):
    """Else an agent could plant the interpreter that our own programs run with."""
    programs = place.work / ".venv/bin"
    programs.mkdir(parents=True)
    (programs / "git").write_text("#!/bin/sh\necho planted\n")
    (programs / "git").chmod(0o755)
    assert shell("git --version")[1].startswith("git version")


@pytest.mark.parametrize("name", ["/work/tool", "./tool", "/home/agent/tool", "/tmp/tool"])
def test_a_program_in_a_folder_of_the_run_is_found(sandbox, place, name):
    for folder in (place.work, place.home, place.tmp):
        (folder / "tool").write_text("#!/bin/sh\n")
        (folder / "tool").chmod(0o755)
    assert sandbox.run([name], place, Limits(seconds=5)) == OK


def test_paths_are_named_as_they_are_inside(sandbox, place):
    assert sandbox.inside(place, place.work / "a/b") == "/work/a/b"
    assert sandbox.inside(place, place.home) == "/home/agent"
    assert unsafe().inside(place, place.work / "a") == str(place.work / "a")


def test_a_missing_program_is_said_in_a_sentence(sandbox, place):
    finished = sandbox.run(["no-such-agent", "--go"], place, Limits(seconds=5))
    assert (finished.exit_code, finished.reason) == (None, "agent_missing")
    assert finished.detail.startswith("The program 'no-such-agent' is not there inside the sandbox. Install it")


def test_a_program_that_is_only_on_the_host_is_missing_too(sandbox, place, tmp_path):
    program = tmp_path / "agent"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert sandbox.run([str(program)], place, Limits(seconds=5)).reason == "agent_missing"


def test_a_place_that_is_gone_is_said_in_a_sentence(sandbox, place):
    place.work.rmdir()
    finished = sandbox.run(["true"], place, Limits(seconds=5))
    assert finished.reason == "sandbox_missing"
    assert "The sandbox did not start" in finished.detail


def test_a_start_costs_little(sandbox, place):
    def seconds() -> float:
        started = monotonic()
        assert sandbox.run(["true"], place, Limits(seconds=5)) == OK
        return monotonic() - started

    # The best of some, since the machine may be busy with something else.
    assert min(seconds() for _ in range(8)) < 0.15


def test_without_isolation_the_words_are_the_same(place, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-very-secret")
    said: list[str] = []
    finished = unsafe().run(["env"], place, Limits(seconds=5), on_output=lambda line: said.append(line.text))
    assert finished == OK
    assert f"HOME={place.home}" in "\n".join(said)
    assert "sk-very-secret" not in "\n".join(said)
    assert os.getcwd() not in "\n".join(said)
