"""What may be shown inside, and what never."""

from dataclasses import replace
from pathlib import Path

import pytest

from agents import forbidden, toolchain
from agents.grants import _prefix


def test_python_works_inside_wherever_it_lives(shell, place):
    finished, said = shell(
        "python3 -c 'import ssl, sqlite3; print(6*7)'", replace(place, read_only=toolchain("python"))
    )
    assert (finished.reason, said) == ("", "42")


@pytest.mark.parametrize("name", ["git", "sh"])
def test_what_lives_in_usr_needs_no_grant(name):
    assert toolchain(name) == ()


def test_a_tool_that_is_not_there_is_a_sentence():
    with pytest.raises(LookupError, match="no-such-tool is not on this machine's PATH. Install it, or"):
        toolchain("no-such-tool")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home" / "ada"
    for name in (".ssh", ".config/gh", "src/lib", ".local/bin", ".local/share/keyrings", "versions/1.2/bin"):
        (home / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("TEAMBOARD_DATA", raising=False)
    return home


@pytest.mark.parametrize("path", ["src", "src/lib", "versions/1.2"])
def test_a_folder_in_the_home_may_be_granted(home, path):
    assert forbidden(home / path) is None


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (".", "holds your whole home folder"),
        ("..", "holds your whole home folder"),
        ("../..", "holds your whole home folder"),
        (".ssh", "is private"),
        (".config/gh", "is private"),
        (".config", "holds"),
        (".local", "holds"),
        ("gone", "does not exist"),
    ],
)
def test_home_and_credentials_may_not_be_granted(home, path, sentence):
    assert sentence in (forbidden(home / path) or "")


@pytest.mark.parametrize("path", ["/", "/etc", "/etc/ssl/private", "/proc", "/run", "/var/lib", "/dev"])
def test_the_system_s_own_folders_may_not_be_granted(home, path):
    assert Path(path).exists() is False or forbidden(Path(path))


def test_a_link_does_not_get_round_it(home):
    (home / "innocent").symlink_to(home / ".ssh")
    assert "is private" in (forbidden(home / "innocent") or "")


def test_the_data_of_the_board_may_not_be_granted(home, tmp_path, monkeypatch):
    data = tmp_path / "data"
    (data / "projects").mkdir(parents=True)
    assert "is private" in (forbidden(data / "projects", private=[data]) or "")
    monkeypatch.setenv("TEAMBOARD_DATA", str(data))
    assert "is private" in (forbidden(data) or "")


def test_a_tool_gets_its_prefix_or_less(home):
    for name in ("versions/1.2/bin/tool", ".local/bin/tool"):
        (home / name).touch()
    assert _prefix(home / "versions/1.2/bin/tool") == home / "versions/1.2"
    assert _prefix(home / ".local/bin/tool") == home / ".local/bin/tool"


def test_a_granted_program_alone_is_found_by_its_name(shell, place, home):
    tool = home / ".local/bin/tool"
    tool.write_text("#!/bin/sh\necho it runs\n")
    tool.chmod(0o755)
    finished, said = shell("tool", replace(place, read_only=(tool,)))
    assert (finished.reason, said) == ("", "it runs")
