"""`doctor`: look at everything the board stands on; say the remedy for each finding."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from teamboard.ops.doctor import examine


class Command(BaseCommand):
    help = "Check git, sandbox, database, queue, disk, stores, locks, orphans and the audit chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what can be mended without a person")
        parser.add_argument("--data", help="the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        bad = 0
        for finding in examine():
            mended = bool(options["repair"] and finding.repair)
            if mended and finding.repair:
                finding.repair()
            bad += not finding.ok and not mended
            mark = "ok  " if finding.ok else "mend" if mended else "BAD "
            self.stdout.write(
                f"{mark} {finding.topic:9} {finding.text} {'' if finding.ok else finding.remedy}".rstrip()
            )
        if bad:
            sys.exit(1)
