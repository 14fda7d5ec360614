"""Shared fixtures. The data folder of a test process is chosen in settings.py beside this file."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A file instead of memory: processes that a test starts read the same database."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        default.setdefault("TEST", {})["NAME"] = str(Path(os.environ["TEAMBOARD_DATA"]) / f"test{worker}.db")
