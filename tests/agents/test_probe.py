"""Whether there is a sandbox is tried out, never assumed."""

from pathlib import Path

from agents import NoSandbox, Sandbox, probe


def broken(folder: Path, script: str) -> Path:
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_the_one_that_works_is_taken(sandbox, tmp_path):
    assert sandbox.bwrap
    found = probe((broken(tmp_path, "exit 1"), sandbox.bwrap))
    assert isinstance(found, Sandbox)
    assert found.bwrap == sandbox.bwrap


def test_none_at_all_has_a_reason_and_a_remedy():
    found = probe(())
    assert isinstance(found, NoSandbox)
    assert found.reason.startswith("There is no bubblewrap on this machine")
    assert "apt install bubblewrap" in found.remedy


def test_one_that_fails_is_quoted(tmp_path):
    found = probe((broken(tmp_path, "echo 'bwrap: No permissions to create new namespace.' >&2; exit 1"),))
    assert isinstance(found, NoSandbox)
    assert "bwrap: No permissions to create new namespace." in found.reason
    assert found.remedy


def test_one_that_isolates_nothing_is_refused(tmp_path):
    """It says all the right things and runs the command, but on the host."""
    script = """
while [ "$1" != "--" ]; do
  case "$1" in --info-fd) echo "{\\"child-pid\\": $$}" >&"$2"; eval "exec $2>&-";; esac
  shift
done
shift; exec "$@"
"""
    assert isinstance(probe((broken(tmp_path, script),)), NoSandbox)
