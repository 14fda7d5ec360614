"""Many writers at once, threads and processes, leave one unbroken chain without a gap."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from teamboard.events import bus, queries
from teamboard.events.catalogue import InvitationChanged
from teamboard.events.models import Event

WRITER = """
import os, sys
import django
django.setup()
from django.db import transaction
from teamboard.events import bus
from teamboard.events.catalogue import InvitationChanged
for number in range(int(sys.argv[2])):
    with transaction.atomic():
        bus.publish(InvitationChanged(project=int(sys.argv[1]), invitation=number), actor=f"user:{os.getpid()}")
"""


def assert_unbroken(project: int, count: int) -> None:
    numbers = list(Event.objects.filter(project_id=project).order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, count + 1))
    assert queries.position(project) == count
    assert queries.broken_link(project) is None


def test_threads_that_write_at_once_leave_no_gap(transactional_db):
    def write(writer: int) -> None:
        try:
            for number in range(10):
                with transaction.atomic():
                    bus.publish(InvitationChanged(project=1, invitation=number), actor=f"user:{writer}")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert_unbroken(1, 60)


def test_processes_that_write_at_once_leave_no_gap(transactional_db, database_env):
    argv = [sys.executable, "-c", WRITER, "1", "15"]
    writers = [subprocess.Popen(argv, env=database_env) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert_unbroken(1, 45)
    assert Event.objects.values("actor").distinct().count() == 3
