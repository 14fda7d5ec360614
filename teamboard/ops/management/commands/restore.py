"""`restore FILE`: put a backup into the data folder of a board that does not run, then look it over."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from teamboard.ops import restore
from teamboard.ops.archive import ArchiveProblem


class Command(BaseCommand):
    help = "Restore a backup into the data folder (--data DIR) of a board that does not run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="move aside what is in the data folder")
        parser.add_argument("--data", help="the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            aside = restore.restore(options["file"].expanduser().absolute(), force=options["force"])
        except ArchiveProblem as problem:
            raise CommandError(str(problem)) from None
        if aside:
            self.stdout.write(f"What was there is in {aside}.")
        self.stdout.write(
            "Restored. Tokens still hold; everybody signs in anew: `manage.py signin NAME` prints a link."
        )
        call_command("doctor", stdout=self.stdout)
