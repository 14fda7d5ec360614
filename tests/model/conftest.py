"""The database of worlds: in memory, with the cast in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.model import memory_database
from tests.model.people import cast


@pytest.fixture(scope="module")
def image(django_db_setup: None, django_db_blocker: Any) -> Iterator[bytes]:
    with django_db_blocker.unblock(), memory_database.in_memory():
        cast()
        yield memory_database.snapshot()
