"""`signin NAME`: print a new one-time sign-in link."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import User
from teamboard.lib import sharing
from teamboard.ops.instance import Instance


class Command(BaseCommand):
    help = "Print a new one-time sign-in link of NAME."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--data", help="the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"], is_active=True).first()
        if user is None:
            known = ", ".join(User.objects.values_list("username", flat=True)) or "nobody yet"
            raise CommandError(f"There is no {options['name']} on this board. Known: {known}.")
        shared = sharing.current(settings.DATA_DIR)
        here = Instance(settings.DATA_DIR).read().get("origin", settings.ORIGIN)
        for origin in [here] + ([shared.origin] if shared else []):
            self.stdout.write(f"{origin}/sign-in/#{accounts.sign_in_link(user)}")
