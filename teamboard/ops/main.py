"""The console command `teamboard`: the same as manage.py, from any folder."""

import os
import sys

from teamboard.ops import environment


def main() -> None:
    environment.adopt(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teamboard.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
