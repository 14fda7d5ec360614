"""Commits read and written: the log of a range, and new commits that come out the same each time."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from teamboard.git.command import Git


class Person(NamedTuple):
    """Who made a commit."""

    name: str
    email: str


BOARD = Person("Teamboard", "board@teamboard.invalid")


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    at: datetime
    subject: str
    body: str

    @property
    def author(self) -> Person:
        return Person(self.author_name, self.author_email)

    @property
    def message(self) -> str:
        return f"{self.subject}\n\n{self.body}".strip() + "\n"


_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%s%x00%b"
_FIELDS = 7
# A commit may say any number; our calendar ends with the year 9999.
_LAST_SECOND = 253_402_300_799


def log(git: Git, *revisions: str, count: int = 1000) -> list[Commit]:
    """Newest first. Text that is not UTF-8 is shown with its bytes spelled out."""
    out = git.run(
        "log", "-z", f"--format=tformat:{_FORMAT}", f"-{count}", "--encoding=UTF-8", "--no-show-signature",
        "--topo-order", "--end-of-options", *revisions, "--", limit=50_000_000, timeout=30,
    )  # fmt: skip
    fields = [field.decode("utf-8", "backslashreplace") for field in out.split(b"\0")[:-1]]
    return [_commit(fields[at : at + _FIELDS]) for at in range(0, len(fields), _FIELDS)]


def _commit(fields: Sequence[str]) -> Commit:
    sha, parents, name, email, at, subject, body = fields
    when = datetime.fromtimestamp(min(int(at or 0), _LAST_SECOND), UTC)
    return Commit(sha, tuple(parents.split()), name, email, when, subject, body.strip("\n"))


def write(
    git: Git,
    *,
    tree: str,
    parents: Sequence[str],
    message: str,
    author: Person,
    committer: Person,
    when: datetime,
    author_when: datetime | None = None,
) -> str:
    """A commit object; the same arguments give the same sha, whenever and however often it is made."""
    env = _identity("AUTHOR", author, author_when or when) | _identity("COMMITTER", committer, when)
    flags = [part for parent in parents for part in ("-p", parent)]
    text = message.replace("\0", "").encode("utf-8", "surrogateescape")
    return git.run("commit-tree", *flags, tree, stdin=text or b"\n", env=env).decode().strip()


def _identity(role: str, person: Person, when: datetime) -> dict[str, str]:
    return {
        f"GIT_{role}_NAME": _clean(person.name) or "Unknown",
        f"GIT_{role}_EMAIL": _clean(person.email) or "unknown@teamboard.invalid",
        f"GIT_{role}_DATE": f"@{int(when.timestamp())} +0000",
    }


def _clean(text: str) -> str:
    """Git drops these itself and then refuses a name of which nothing is left."""
    kept = "".join(char for char in text if char not in "<>\n\0").strip(" .,:;\"'\\\t\r")
    return os.fsencode(kept).decode("utf-8", "replace")
