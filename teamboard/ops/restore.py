"""Put a backup in place of a data folder; what was there is moved aside, never deleted."""

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

import teamboard
from teamboard.git.stores import Stores
from teamboard.ops import archive
from teamboard.ops.archive import ArchiveProblem
from teamboard.ops.instance import AlreadyRunning, Instance

# What a folder has before it holds a board, and what each board has of its own.
OWN = {"secret.key", "instance.lock", "logs", "valkey", "share.json", "share.wanted", "tls"}


def restore(path: Path, *, force: bool = False) -> Path | None:
    """Check first, then swap; the folder with what was there before, if anything was."""
    folder: Path = settings.DATA_DIR
    instance = Instance(folder)
    try:
        instance.take()
        return _restore(path, folder, force)
    except AlreadyRunning as running:
        raise ArchiveProblem(f"{running} A backup is not restored under a running board.") from None
    finally:
        instance.release()


def _restore(path: Path, folder: Path, force: bool) -> Path | None:
    there = _there(folder)
    if there and not force:
        names = ", ".join(sorted(found.name for found in there)[:4])
        raise ArchiveProblem(
            f"{folder} holds a board already ({names}). Name an empty folder with --data DIR, or say --force: "
            "then what is there is moved aside, not deleted."
        )
    check(path)
    fresh = folder / "restoring"
    shutil.rmtree(fresh, ignore_errors=True)  # of a restore that was killed
    try:
        _unpack(path, fresh)
        aside = _move_aside(folder, _there(folder))
        _move_in(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    call_command("migrate", verbosity=0, interactive=False)
    return aside


def _there(folder: Path) -> list[Path]:
    """The board that is in the folder, with a database that stands elsewhere and the log that belongs to it."""
    here = [found for found in folder.iterdir() if found.name not in OWN and not _is_ours(found)]
    database = _database()
    files = [database.with_name(database.name + end) for end in ("", "-wal", "-shm")] if database else []
    return here + [found for found in files if found.exists() and found not in here]


def _is_ours(found: Path) -> bool:
    return found.name == "restoring" or found.name.startswith("before-restore-")


def _database() -> Path | None:
    return Path(settings.DATABASES["default"]["NAME"]) if connection.vendor == "sqlite" else None


def check(path: Path) -> None:
    """Refuse what is damaged, or made for another kind of database or a newer board."""
    manifest = archive.verified(path)
    if manifest["database"] != connection.vendor:
        raise ArchiveProblem(
            f"{path} is of a board on {manifest['database']}, and this one is on {connection.vendor}. "
            "Set DATABASE_URL to the same kind of database."
        )
    ours = set(MigrationLoader(None).disk_migrations)
    theirs = {tuple(one) for one in manifest["migrations"]}
    if theirs - ours:
        raise ArchiveProblem(
            f"{path} was made by a newer Teamboard ({manifest['version']}; this is {teamboard.__version__}). "
            "Update this one first."
        )


def _unpack(path: Path, fresh: Path) -> None:
    """Stores are made anew by us: an archive brings objects and refs, never a configuration."""
    try:
        archive.unpack(path, fresh)
        for project in sorted(fresh.glob("projects/*")):
            Stores(project).create()
    except OSError as problem:
        raise ArchiveProblem(
            f"The backup could not be unpacked: {problem.strerror}. Free some space in {fresh.parent}; "
            "what was there is untouched."
        ) from problem


def _move_aside(folder: Path, there: list[Path]) -> Path | None:
    if not there:
        return None
    aside = folder / f"before-restore-{timezone.now():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for found in there:
        shutil.move(found, aside / found.name)
    return aside


def _move_in(fresh: Path, folder: Path) -> None:
    for found in fresh.iterdir():
        place = _database() if found.name == archive.DATABASE else None
        shutil.move(found, place or folder / found.name)
