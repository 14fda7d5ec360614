"""`backup FILE`: one consistent archive of database and stores, while the board runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from teamboard.ops import backup
from teamboard.ops.archive import ArchiveProblem

DUMP = (
    "The database is PostgreSQL, which is not in this archive. Make `pg_dump -Fc` of it BEFORE each backup (rows name "
    "what the stores hold, so the stores have to be the newer ones) and keep both together."
)


class Command(BaseCommand):
    help = "Write one consistent archive of the board to FILE, while it runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--data", help="the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].expanduser().absolute()
        try:
            parts = backup.make(path)
        except ArchiveProblem as problem:
            raise CommandError(str(problem)) from None
        size = path.stat().st_size / 1024**2
        self.stdout.write(f"{path}: {parts} files, {size:.1f} MiB, readable by you alone. It holds no keys.")
        if connection.vendor != "sqlite":
            self.stdout.write(DUMP)
