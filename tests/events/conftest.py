"""What another process needs to write into the test's database."""

import os

import pytest
from django.conf import settings
from django.db import connection


@pytest.fixture
def database_env(transactional_db) -> dict[str, str]:
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{given['NAME']}"
    else:
        url = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "teamboard.settings",
        "TEAMBOARD_DATA": str(settings.DATA_DIR),
    }
