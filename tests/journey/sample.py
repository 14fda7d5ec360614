"""A small repository whose check is its own test suite, checked out at its target."""

import subprocess
from pathlib import Path

from tests.journey.main_job import Plan, git

FILES = {
    "money.py": (
        '"""Amounts in integer cents."""\n\n\n'
        "def add(left: int, right: int) -> int:\n    return left + right\n\n\n"
        "def split(total: int, parts: int) -> list[int]:\n"
        "    whole, rest = divmod(total, parts)\n"
        "    return [whole + (1 if index < rest else 0) for index in range(parts)]\n"
    ),
    "test_money.py": (
        "import unittest\n\nfrom money import add, split\n\n\n"
        "class Money(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n\n"
        "    def test_split_keeps_every_cent(self):\n        self.assertEqual(sum(split(100, 3)), 100)\n"
    ),
    ".gitignore": "*.pyc\n__pycache__/\n.env\n",
    "README.md": "# Money\n",
}


def make(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A repository with one commit on main and a branch `feature/notes` one commit ahead."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "Ada Example")
    git(folder, "config", "user.email", "ada@example.org")
    write(folder, files or FILES, "Begin")
    git(folder, "checkout", "-q", "-b", "feature/notes")
    write(folder, {"NOTES.md": "Cents are integers.\n"}, "Write notes")
    git(folder, "checkout", "-q", "main")
    return folder


def write(folder: Path, files: dict[str, str], message: str) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    subprocess.run(["git", "-C", str(folder), "commit", "-q", "-m", message], check=True)
    return git(folder, "rev-parse", "HEAD")


def plan(repo: Path) -> Plan:
    return Plan(
        repo=repo,
        target="main",
        check=["python3", "-m", "unittest", "-v"],
        branch="feature/notes",
        broken="sed -i 's/1 if index < rest else 0/0/' money.py && git commit -qam 'Simplify split'",
        mended="sed -i 's/whole + (0)/whole + (1 if index < rest else 0)/; s/integer cents/whole cents/' money.py"
        " && git commit -qam 'Keep every cent'",
        failing="test_split_keeps_every_cent",
        thread_path="money.py",
    )
