"""Shared fixtures. The data folder of a test process is chosen in settings.py beside this file."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

# A busy machine makes drawing slow; that says nothing about the code.
hypothesis.register_profile("board", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("board")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A file instead of memory: processes that a test starts read the same database. Each test worker has its own."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        default.setdefault("TEST", {})["NAME"] = str(Path(os.environ["TEAMBOARD_DATA"]) / f"test{worker}.db")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests empty the log between them, which the product's triggers forbid; tests of the triggers put them back."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER event_never_deleted")
            cursor.execute("DROP TRIGGER event_never_updated")


@pytest.fixture(scope="module", autouse=True)
def no_files_of_others() -> None:
    """Each database starts to count anew; what another module left under the same number must not be found."""
    for name in ("projects", "runs", "checks", "environments"):
        shutil.rmtree(Path(os.environ["TEAMBOARD_DATA"]) / name, ignore_errors=True)
