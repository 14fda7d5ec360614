"""Keys of model endpoints: a file each, readable by the board alone; rows hold only the file's random name."""

import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

from django.conf import settings

_NAME = re.compile(r"[A-Za-z0-9_-]{20,60}")


def keep(key: str) -> str:
    """Store a key; the name to ask for it by."""
    name = secrets.token_urlsafe(24)
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key)
    return name


def read(name: str) -> str:
    """Empty for a key that was never given, or is not on this machine (a restored backup)."""
    path = _folder() / name
    return path.read_text(encoding="utf-8") if _NAME.fullmatch(name) and path.is_file() else ""


def all_known() -> tuple[str, ...]:
    """Every key on this machine, for what must not be written anywhere."""
    folder = _folder()
    return _read_all(folder, folder.stat().st_mtime_ns) if folder.is_dir() else ()


@lru_cache(maxsize=1)
def _read_all(folder: Path, _changed: int) -> tuple[str, ...]:
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    return tuple(path.read_text(encoding="utf-8", errors="replace") for path in files)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "keys"
