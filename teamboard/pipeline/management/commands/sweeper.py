"""`manage.py sweeper`: give lost work back until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from teamboard.pipeline.sweeper import run_for_ever


class Command(BaseCommand):
    help = "Give lost work back, take due defaults, ring workers again; runs until it is stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_for_ever(stop)
