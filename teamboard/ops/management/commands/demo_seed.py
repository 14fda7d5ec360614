"""`demo_seed`: fill a running board with the demo. `demo` calls it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from teamboard.board.models import Project
from teamboard.ops.demo.seed import Seed


class Command(BaseCommand):
    help = "Fill a running board with the demo, once."

    def handle(self, *args: Any, **options: Any) -> None:
        if Project.objects.exists():
            self.stdout.write("the demo is already there")
            return
        Seed(settings.DATA_DIR, lambda text: self.stdout.write(text, ending="\n")).fill()
