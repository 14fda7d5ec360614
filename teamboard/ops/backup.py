"""Make one consistent archive of database and stores while the board runs."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

import teamboard
from teamboard.ops import archive
from teamboard.ops.archive import ArchiveProblem, Writer

FULL = "Free some space there, or name another place. Nothing was kept."


def make(path: Path) -> int:
    """Write the archive; how many files it holds.

    The order is what makes it consistent. The board writes objects before the rows that name them, output before its
    index, and deletes neither (no gc ever runs in its stores). So the database is taken first, then the files: they
    hold all that the rows name, and perhaps more. For the same reason a store's refs are read before its objects.
    """
    try:
        with archive.created(path) as out:
            return _write(out, path.parent)
    except (OSError, sqlite3.Error) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise ArchiveProblem(f"The backup could not be written to {path}: {reason}. {FULL}") from problem


def _write(out: IO[bytes], beside: Path) -> int:
    writer = Writer(out)
    facts: dict[str, Any] = {"version": teamboard.__version__, "at": timezone.now().isoformat()}
    facts |= {"database": connection.vendor, "migrations": sorted(MigrationRecorder(connection).applied_migrations())}
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=beside) as folder:
            copy = Path(folder) / archive.DATABASE
            _copy_database(copy)
            writer.add(archive.DATABASE, copy)
    for file in _files(settings.DATA_DIR):
        writer.add(str(file.relative_to(settings.DATA_DIR)), file)
    writer.close(**facts)
    return len(writer.parts)


def _copy_database(copy: Path) -> None:
    """SQLite's own backup: one state, whoever writes meanwhile."""
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30)
    target = sqlite3.connect(copy)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    finally:
        source.close()
        target.close()


def _files(data: Path) -> Iterator[Path]:
    """Refs of all stores, then their objects, then what runs and checks wrote. An index of a pack comes last."""
    stores = sorted(data.glob("projects/*/*.git"))
    for store in stores:
        refs = [store / "packed-refs", *sorted((store / "refs").rglob("*"))]
        # The mirror of the log may be ahead of the copied log by now; a restored board begins its own.
        refs = [found for found in refs if not found.is_relative_to(store / "refs/board")]
        yield from (found for found in refs if _kept(data, found))
    for store in stores:
        objects = [found for found in (store / "objects").rglob("*") if _kept(data, found)]
        yield from sorted(objects, key=lambda found: (found.suffix == ".idx", found))
    for found in [*data.glob("runs/*/output.jsonl"), *data.glob("checks/*/log")]:
        if _kept(data, found):
            yield found


def _kept(data: Path, path: Path) -> bool:
    """No locks, no halves, nothing that an agent could have put in its place."""
    name = str(path.relative_to(data))
    ours = not name.endswith(".lock") and archive.PARTS.fullmatch(name) is not None
    return ours and path.is_file() and not path.is_symlink()
