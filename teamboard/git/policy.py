"""Which paths the board takes from others: those that mean one file, inside the repository, on any system."""

import re

MAX_PATH_BYTES = 4096
MAX_NAME_BYTES = 255
MAX_DEPTH = 200
MAX_PATHS = 50_000

# What HFS+ and NTFS read as .git; fsck knows these too, this is the second belt.
_DOT_GIT = re.compile(rb"(?i)\A(\.git|git~[0-9]+)[ .]*(:.*)?\Z", re.DOTALL)
_IGNORED_BY_HFS = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def name_problem(name: bytes) -> str | None:
    """Why one name of a folder entry is refused, or None."""
    if name in (b"", b".", b".."):
        return f"the name {_shown(name)} leads outside of its folder"
    if b"/" in name or b"\0" in name:
        return f"the name {_shown(name)} holds a slash or a zero byte"
    if len(name) > MAX_NAME_BYTES:
        return f"the name {_shown(name[:40])}... is longer than {MAX_NAME_BYTES} bytes"
    plain = _IGNORED_BY_HFS.sub("", name.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if _DOT_GIT.match(plain):
        return f"the name {_shown(name)} stands for git's own folder"
    return None


def path_problem(path: bytes) -> str | None:
    """Why a whole path is refused, or None."""
    parts = path.split(b"/")
    if len(path) > MAX_PATH_BYTES or len(parts) > MAX_DEPTH:
        return f"the path {_shown(path[:60])}... is too long or too deep"
    return next((problem for part in parts if (problem := name_problem(part))), None)


def _shown(name: bytes) -> str:
    return repr(name.decode("utf-8", "backslashreplace"))
