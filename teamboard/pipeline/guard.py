"""No git and no process while a transaction holds the database's write lock (I-7)."""

from django.db import connection


def in_transaction() -> bool:
    """Tests wrap each case in a transaction of their own, which holds nothing up; that one does not count."""
    if not connection.in_atomic_block:
        return False
    return not all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
