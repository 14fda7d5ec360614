"""Runs with a board's environment, on its rows: `session NAME` gives a browser's cookie, `crowd` a board of 1,000.

`join NUMBER` puts a thousand cards at rest on the board of that project.
"""

# ruff: noqa: E402 (Django must be set up before its models are imported)

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "teamboard.settings"
django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from teamboard.accounts.models import User
from teamboard.board.models import Project
from tests import factories
from tests.bench.crowd import AT_REST, THOUSAND, fill


def session(username: str) -> str:
    user, store = User.objects.get(username=username), SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def crowd() -> dict[str, object]:
    project = factories.with_settings(factories.project()).project
    fill(project, THOUSAND)
    return {"project": project.pk, "cookie": session("ada")}


def join(project: str) -> None:
    fill(Project.objects.get(pk=project), AT_REST)


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    print(json.dumps({"session": session, "crowd": crowd, "join": join}[command](*words)))
