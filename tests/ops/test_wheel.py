"""The wheel, installed alone in an empty folder, runs the whole board."""

import re
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest

from tests.board_process import ROOT, BoardProcess


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console command of a fresh environment that sees our dependencies, but not this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv" / "bin" / "teamboard"


def test_the_wheel_runs_in_an_empty_folder(program: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    argv = [str(program), "up", "--no-browser"]
    board = BoardProcess(tmp_path / "data", command=argv, cwd=tmp_path / "empty")
    with board:
        page = urllib.request.urlopen(f"{board.origin}/sign-in/", timeout=60).read().decode()
        styles = re.findall(r'href="(/static/[^"]+\.css[^"]*)"', page)
        assert styles, page
        for address in styles:
            assert urllib.request.urlopen(board.origin + address, timeout=60).status == 200
    assert list((tmp_path / "empty").iterdir()) == []
