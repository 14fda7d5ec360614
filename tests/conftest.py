"""Shared fixtures. Every test process has a data folder of its own."""

import os
import tempfile
from pathlib import Path

import pytest

# Before Django reads its settings: tests never touch the user's board.
os.environ["TEAMBOARD_DATA"] = tempfile.mkdtemp(prefix="teamboard-test-")
os.environ.setdefault("TEAMBOARD_LEASE_SECONDS", "1")
os.environ.setdefault("TEAMBOARD_BEAT_SECONDS", "0.2")
os.environ.setdefault("TEAMBOARD_SWEEP_SECONDS", "0.2")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A file instead of memory: processes that a test starts read the same database."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        default.setdefault("TEST", {})["NAME"] = str(Path(os.environ["TEAMBOARD_DATA"]) / f"test{worker}.db")
