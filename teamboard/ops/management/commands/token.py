"""`token NAME --role architect`: print a new API token, alone on standard output."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from teamboard.accounts import actions as accounts
from teamboard.accounts.models import ROLES


class Command(BaseCommand):
    help = "Print a new API token of NAME, once; make the user if there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", choices=[role for role, _ in ROLES], help="the role in every project")
        parser.add_argument("--data", help="the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        user = accounts.person_of_the_console(options["name"], role=options["role"] or "")
        _token, secret = accounts.issue_token(user, name="command line")
        self.stdout.write(secret)
