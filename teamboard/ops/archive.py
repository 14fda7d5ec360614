"""The file of a backup: a tar of parts and, last, a manifest with the SHA-256 of each."""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "board.db"
# Nothing else is written and nothing else is taken out: no configuration of git, no hook, no key.
PARTS = re.compile(
    r"board\.db"
    r"|projects/\d+/(base|hub)\.git/(packed-refs|refs/[^\0]+|objects/(pack/pack-[0-9a-f]+\.\w+|[0-9a-f]{2}/[0-9a-f]+))"
    r"|runs/\d+/output\.jsonl|checks/\d+/log"
)
_CHUNK = 1 << 20


class ArchiveProblem(Exception):
    """A sentence: what is wrong with the archive and what to do."""


class _Hashed:
    """What is read of a file, counted and hashed; never more than there was when it was opened."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(min(self._left, size if size >= 0 else self._left))
        self._left -= len(data)
        self.digest.update(data)
        return data


class Writer:
    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self.parts: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """A file that is gone meanwhile (a ref, a temporary object) is left out."""
        with suppress(FileNotFoundError), path.open("rb") as file:
            found = os.fstat(file.fileno())
            hashed = _Hashed(file, found.st_size)
            self._tar.addfile(_entry(name, found.st_size, found.st_mtime), hashed)
            self.parts[name] = hashed.digest.hexdigest()

    def close(self, **facts: Any) -> None:
        body = json.dumps({"format": FORMAT, **facts, "parts": self.parts}, indent=1).encode()
        self._tar.addfile(_entry(MANIFEST, len(body), 0), io.BytesIO(body))
        self._tar.close()


def _entry(name: str, size: int, at: float) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, int(at), 0o600
    return entry


@contextmanager
def created(path: Path) -> Iterator[IO[bytes]]:
    """The owner's alone, and under its name only when it is whole."""
    if path.exists():
        raise ArchiveProblem(f"{path} is there already. Name another file; nothing is overwritten.")
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            os.fchmod(out.fileno(), 0o600)
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def verified(path: Path) -> dict[str, Any]:
    """The manifest, after every byte of the archive was held against it."""
    try:
        return _verified(path)
    except tarfile.TarError:
        raise ArchiveProblem(f"{path} is not a backup of a board, or is damaged. Name another file.") from None
    except OSError as problem:
        raise ArchiveProblem(f"{path} cannot be read: {problem.strerror}. Name another file.") from None


def _verified(path: Path) -> dict[str, Any]:
    found: dict[str, str] = {}
    body = b""
    for name, file in _entries(path):
        if name == MANIFEST:
            body = file.read()
        elif not PARTS.fullmatch(name) or ".." in name.split("/"):
            raise ArchiveProblem(f"{path} holds {name!r}, which no backup holds. It is not one, or was tampered with.")
        else:
            found[name] = _digest(file)
    manifest = _manifest(path, body)
    told = manifest["parts"]
    wrong = sorted(name for name in found.keys() | told.keys() if found.get(name) != told.get(name))
    if wrong:
        raise ArchiveProblem(f"{path} is damaged: {', '.join(wrong[:3])} is not as it was. Use another backup.")
    return manifest


def _manifest(path: Path, body: bytes) -> dict[str, Any]:
    if not body:
        raise ArchiveProblem(f"{path} ends too early: its manifest is missing. Use another backup.")
    try:
        manifest = dict(json.loads(body))
        manifest["parts"] = dict(manifest["parts"])
    except (ValueError, KeyError, TypeError):
        raise ArchiveProblem(f"{path} is damaged: its manifest cannot be read. Use another backup.") from None
    if manifest.get("format") != FORMAT:
        raise ArchiveProblem(f"{path} was made by another version of Teamboard. Restore it with that one.")
    return manifest


def unpack(path: Path, into: Path) -> None:
    """Call it after `verified`."""
    for name, file in _entries(path):
        if name == MANIFEST:
            continue
        place = into / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while chunk := file.read(_CHUNK):
                out.write(chunk)


def _entries(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, "r:") as tar:
        for entry in tar:
            file = tar.extractfile(entry) if entry.isreg() else None
            if file is None:
                raise ArchiveProblem(f"{path} holds {entry.name!r}, which is no file. It is not a backup.")
            yield entry.name, file


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
